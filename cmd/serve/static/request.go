package static

import (
	"net/http"
	"strings"
)

// A Request is what the answer to it depends on. Fields that came more than
// once are joined by commas (RFC 9110, 5.3).
type Request struct {
	Method string
	Path   string // decoded
	Query  string

	AcceptEncoding    string
	IfMatch           string
	IfNoneMatch       string
	IfModifiedSince   string
	IfUnmodifiedSince string
	IfRange           string
	Range             string
}

func requestOf(r *http.Request) *Request {
	joined := func(name string) string { return strings.Join(r.Header[name], ", ") }
	return &Request{
		Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery,
		AcceptEncoding:    joined("Accept-Encoding"),
		IfMatch:           joined("If-Match"),
		IfNoneMatch:       joined("If-None-Match"),
		IfModifiedSince:   joined("If-Modified-Since"),
		IfUnmodifiedSince: joined("If-Unmodified-Since"),
		IfRange:           joined("If-Range"),
		Range:             joined("Range"),
	}
}
