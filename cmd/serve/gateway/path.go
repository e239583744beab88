package gateway

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// segments splits an escaped absolute path into its decoded segments. It
// refuses every path that two programs might read differently, because the one
// checked here and the one the partner's server walks must be the same: empty
// and dot segments, encoded slashes and backslashes, double encoding, control
// characters, path parameters (";"), and what is no UTF-8.
func segments(escaped string) ([]string, bool) {
	if !strings.HasPrefix(escaped, "/") {
		return nil, false
	}
	parts := strings.Split(escaped[1:], "/")
	for i, part := range parts {
		decoded, err := url.PathUnescape(part)
		if err != nil || !utf8.ValidString(decoded) || decoded == "." || decoded == ".." ||
			(decoded == "" && i < len(parts)-1) {
			return nil, false
		}
		for _, c := range []byte(part) {
			if c <= ' ' || c >= 0x7f {
				return nil, false
			}
		}
		for _, c := range decoded {
			if c < ' ' || (c >= 0x7f && c <= 0x9f) || strings.ContainsRune(`/\%;?#`, c) {
				return nil, false
			}
		}
		parts[i] = decoded
	}
	return parts, true
}

// A Rule allows methods on a path:
//
//	POST /SUAPI/jservice/availability       exactly this path
//	GET,DELETE /partners/{partner}/orders   {…} is any one segment
//	GET /reports/                           everything beneath
type Rule struct {
	text    string
	methods []string
	path    []string
}

// methods a rule may name. CONNECT, TRACE and OPTIONS are no calls of pages.
var ruleMethods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}

func parseRule(text string) (Rule, error) {
	methods, path, ok := strings.Cut(text, " ")
	if !ok {
		return Rule{}, errors.New(`"METHOD /path" is expected, as in "POST /orders"`)
	}
	rule := Rule{text: text, methods: strings.Split(methods, ",")}
	for _, method := range rule.methods {
		if !slices.Contains(ruleMethods, method) {
			return Rule{}, errors.New("the methods are " + strings.Join(ruleMethods, ", ") + ", with a comma between several")
		}
	}
	// Braces stay as they are; the rest is written as in a URL.
	if rule.path, ok = segments(path); !ok {
		return Rule{}, errors.New("the path has to begin with / and to have no empty, dot or doubly encoded parts")
	}
	for _, part := range rule.path {
		if strings.ContainsAny(part, "{}") && !isWildcard(part) {
			return Rule{}, errors.New("{name} stands for a whole part of a path, between two slashes")
		}
	}
	if len(rule.path) == 1 && slices.Contains([]string{"status", "validate"}, rule.path[0]) {
		return Rule{}, errors.New("the gateway itself answers /status and /validate")
	}
	return rule, nil
}

func isWildcard(part string) bool {
	return len(part) > 2 && part[0] == '{' && part[len(part)-1] == '}' && !strings.ContainsAny(part[1:len(part)-1], "{}")
}

func (r Rule) matches(path []string) bool {
	last := len(r.path) - 1
	beneath := r.path[last] == "" // ends with a slash
	if len(path) < len(r.path) || (len(path) > len(r.path) && !beneath) {
		return false
	}
	for i, part := range r.path {
		switch {
		case i == last && beneath:
		case isWildcard(part):
			if path[i] == "" {
				return false
			}
		case part != path[i]:
			return false
		}
	}
	return true
}

// rule finds what allows method on path. Without one, allowed are the methods
// that the path does have.
func findRule(rules []Rule, method string, path []string) (found Rule, ok bool, allowed []string) {
	for _, rule := range rules {
		if !rule.matches(path) {
			continue
		}
		if slices.Contains(rule.methods, method) {
			return rule, true, nil
		}
		allowed = append(allowed, rule.methods...)
	}
	slices.Sort(allowed)
	return Rule{}, false, slices.Compact(allowed)
}
