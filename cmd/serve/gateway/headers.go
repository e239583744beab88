package gateway

import (
	"net/http"
	"slices"
	"strings"
)

// What passes is listed, not what does not: a header such as
// X-HTTP-Method-Override or X-Original-URL would walk around the rules of
// methods and paths, and nobody knows them all.
var (
	requestHeaders = []string{
		"Accept", "Accept-Encoding", "Accept-Language", "Content-Encoding", "Content-Language", "Content-Type",
		"Idempotency-Key", "If-Match", "If-Modified-Since", "If-None-Match", "If-Range", "If-Unmodified-Since",
		"Prefer", "Range", "Traceparent", "Tracestate", "X-Request-Id",
	}
	answerHeaders = []string{
		"Accept-Ranges", "Age", "Allow", "Content-Disposition", "Content-Encoding", "Content-Language",
		"Content-Length", "Content-Range", "Content-Type", "Date", "Etag", "Last-Modified", "Location",
		"Preference-Applied", "Ratelimit", "Ratelimit-Limit", "Ratelimit-Policy", "Ratelimit-Remaining",
		"Ratelimit-Reset", "Retry-After", "Vary", "X-Ratelimit-Limit", "X-Ratelimit-Remaining", "X-Ratelimit-Reset",
		"X-Request-Id", "X-Total-Count",
	}
)

// neverPasses are names that a configuration may not add.
func neverPasses(name string) bool {
	for _, prefix := range []string{
		"Access-Control-", "Cf-", "Clear-Site-Data", "Content-Length", "Content-Security-Policy", "Cross-Origin-", "Proxy-",
		"Sec-", "Strict-Transport-Security", "X-Forwarded", "X-Original-", "X-Rewrite-", "X-Http-Method", "X-Method-Override",
	} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return slices.Contains([]string{
		"Authorization", "Connection", "Cookie", "Cookie2", "Expect", "Forwarded", "Host", "Keep-Alive", "Location", "Origin",
		"Referer", "Refresh", "Service-Worker-Allowed", "Set-Cookie", "Set-Cookie2", "Te", "Trailer", "Transfer-Encoding",
		"Upgrade", "Via", "Www-Authenticate",
	}, name)
}

// only keeps the listed headers.
func only(header http.Header, lists ...[]string) {
	for name := range header {
		if !slices.ContainsFunc(lists, func(list []string) bool { return slices.Contains(list, name) }) {
			delete(header, name)
		}
	}
}

// validHeaderName tells whether name is a token (RFC 9110, 5.6.2).
func validHeaderName(name string) bool {
	for _, c := range []byte(name) {
		if (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') && !strings.ContainsRune("!#$%&'*+-.^_`|~", rune(c)) {
			return false
		}
	}
	return name != ""
}

// validHeaderValue tells whether value is visible ASCII, with spaces inside at
// most: all that a credential in a header can be (RFC 9110, 5.5).
func validHeaderValue(value string) bool {
	for _, c := range []byte(value) {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return value != "" && strings.TrimSpace(value) == value
}
