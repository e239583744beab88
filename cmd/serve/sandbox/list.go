package sandbox

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// The most, and without $limit the number of, items of one answer.
const (
	maxLimit     = 100
	defaultLimit = 20
)

// An item shows itself as the fields that $sort and filters name: strings and int64s.
type item interface{ field(name string) any }

// writeList answers with the part of the items that the query asks for, and
// with how many there are in x-total-count. The error names the parameter.
func writeList[T item](w http.ResponseWriter, query url.Values, items []T) *queryError {
	skip, err := count(query, "$skip", 0, 1<<31-1)
	if err != nil {
		return err
	}
	limit, err := count(query, "$limit", defaultLimit, maxLimit)
	if err != nil {
		return err
	}
	items = slices.Clone(items)
	for key, values := range query {
		name, isFilter := strings.CutSuffix(key, "[$eq]")
		if !isFilter {
			continue
		}
		if len(items) > 0 && items[0].field(name) == nil {
			return &queryError{key, "No such field."}
		}
		items = slices.DeleteFunc(items, func(i T) bool { return fmt.Sprint(i.field(name)) != values[0] })
	}
	if by := query.Get("$sort"); by != "" && len(items) > 0 {
		name, descending := strings.CutPrefix(by, "-")
		if items[0].field(name) == nil {
			return &queryError{"$sort", "No such field."}
		}
		slices.SortStableFunc(items, func(a, b T) int {
			if descending {
				a, b = b, a
			}
			return compareFields(a.field(name), b.field(name))
		})
	}
	w.Header().Set("x-total-count", strconv.Itoa(len(items)))
	skip = min(skip, len(items))
	part := items[skip:min(skip+limit, len(items))]
	if part == nil {
		part = []T{}
	}
	writeJSON(w, http.StatusOK, part)
	return nil
}

func compareFields(a, b any) int {
	if x, ok := a.(int64); ok {
		y, _ := b.(int64)
		return cmp.Compare(x, y)
	}
	return strings.Compare(fmt.Sprint(a), fmt.Sprint(b))
}

// A queryError is a parameter that cannot be understood.
type queryError struct{ parameter, message string }

// count reads a whole number of 0 to most.
func count(query url.Values, name string, missing, most int) (int, *queryError) {
	text := query.Get(name)
	if text == "" {
		return missing, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > most {
		return 0, &queryError{name, fmt.Sprintf("Expected a whole number from 0 to %d.", most)}
	}
	return n, nil
}
