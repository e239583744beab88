package static

import (
	"net/http"
	"strings"
	"time"
)

// verdict is what a request's conditions ask for: 0 to go on, 304 or 412. The
// order is that of RFC 9110, 13.2.2.
func verdict(r *Request, etag string, modified time.Time) int {
	if r.IfMatch != "" {
		if !listed(r.IfMatch, etag, true) {
			return http.StatusPreconditionFailed
		}
	} else if since, ok := date(r.IfUnmodifiedSince, modified); ok && modified.After(since) {
		return http.StatusPreconditionFailed
	}
	if r.IfNoneMatch != "" {
		if listed(r.IfNoneMatch, etag, false) {
			return http.StatusNotModified
		}
	} else if since, ok := date(r.IfModifiedSince, modified); ok && !modified.After(since) {
		return http.StatusNotModified
	}
	return 0
}

// listed is whether a list of entity tags names this one. A strong comparison
// finds no weak tag (RFC 9110, 8.8.3.2); ours are strong.
func listed(list, etag string, strong bool) bool {
	if strings.TrimSpace(list) == "*" {
		return true
	}
	for {
		list = strings.TrimLeft(list, " \t,")
		weak := strings.HasPrefix(list, "W/")
		if weak {
			list = list[2:]
		}
		if !strings.HasPrefix(list, `"`) {
			return false // the end, or no list of tags
		}
		end := strings.IndexByte(list[1:], '"')
		if end < 0 {
			return false
		}
		if list[:end+2] == etag && !(weak && strong) {
			return true
		}
		list = list[end+2:]
	}
}

// date reads a date that can be compared with when a file was modified, to the
// second. What is no date counts for nothing, and so does one where the file
// has none.
func date(text string, modified time.Time) (time.Time, bool) {
	if text == "" || modified.IsZero() {
		return time.Time{}, false
	}
	t, err := http.ParseTime(text)
	return t, err == nil
}
