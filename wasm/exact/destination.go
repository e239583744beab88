package exact

import (
	"errors"
	"strings"
)

// Exact's public environments. The mode of a token does not tell which one it
// is for.
const (
	Sandbox    = "https://api.exactpaysandbox.com"
	Production = "https://api-p2.exactpay.com"
)

// maxURL is more than any real base address has.
const maxURL = 2000

// ParseAPI reads the option api: "sandbox", "production", or the base address
// of the API, https only, loopback excepted. It returns the address in the
// form in which browsers write it, without a slash at the end, and its origin.
func ParseAPI(s string) (base, origin string, err error) {
	switch s {
	case "sandbox":
		return Sandbox, Sandbox, nil
	case "production":
		return Production, Production, nil
	}
	origin, path, err := split(s)
	if err != nil {
		return "", "", err
	}
	path = strings.TrimSuffix(path, "/")
	if path != "" && !plainPath(path) {
		return "", "", errors.New("must have a plain path: no query, no fragment, no empty or dotted segments")
	}
	return origin + path, origin, nil
}

// ParseOrigin reads an entry of the option allow: an origin, nothing after it.
func ParseOrigin(s string) (origin string, err error) {
	origin, path, err := split(s)
	if err == nil && path != "" && path != "/" {
		err = errors.New("must be an origin such as https://api.example.com, with nothing after it")
	}
	if err != nil {
		return "", err
	}
	return origin, nil
}

// split takes an address apart into its origin, written as the URL standard
// serializes it, and the rest. It is a deliberately narrow reading: what it
// accepts, every browser reads the same way; an address that a browser would
// mend (backslashes, tabs, escapes, short IPv4 forms, names that are not
// ASCII) is refused instead.
func split(s string) (origin, path string, err error) {
	if len(s) > maxURL {
		return "", "", errors.New("is longer than any address")
	}
	colon := strings.Index(s, "://")
	if colon < 0 {
		return "", "", errors.New(`must begin with "https://"`)
	}
	scheme := lower(s[:colon])
	if scheme != "https" && scheme != "http" {
		return "", "", errors.New(`must begin with "https://"`)
	}
	authority := s[colon+3:]
	if end := strings.IndexAny(authority, `/?#\`); end >= 0 {
		authority, path = authority[:end], authority[end:]
	}
	host, port, hasPort := authority, "", false
	if i := strings.LastIndexByte(authority, ':'); i > strings.LastIndexByte(authority, ']') {
		host, port, hasPort = authority[:i], authority[i+1:], true
	}
	host = lower(host)
	if !validHost(host) {
		return "", "", errors.New("must name a plain host: letters, digits, dots and hyphens (international names as xn--…), no user name, no escapes")
	}
	if hasPort {
		n, ok := digits(port)
		if !ok || n < 1 || n > 65535 {
			return "", "", errors.New("must have a port between 1 and 65535, or none")
		}
		port = strings.TrimLeft(port, "0")
		if scheme == "https" && n == 443 || scheme == "http" && n == 80 {
			port = ""
		}
	}
	if scheme == "http" && !loopback(host) {
		return "", "", errors.New("must be https: only loopback addresses (localhost, 127.0.0.1, [::1]) may be http")
	}
	origin = scheme + "://" + host
	if port != "" {
		origin += ":" + port
	}
	return origin, path, nil
}

// validHost reports whether host, in lower case, is a name or an address that
// means the same to everyone.
func validHost(host string) bool {
	if host == "[::1]" {
		return true
	}
	if len(host) > 253 {
		return false
	}
	labels := strings.Split(host, ".")
	for _, label := range labels {
		if label == "" || len(label) > 63 {
			return false
		}
		for i := range len(label) {
			c := label[i]
			if !('a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '_') {
				return false
			}
		}
	}
	// A name whose last label is a number is read as an IPv4 address, in
	// decimal, octal or hexadecimal: https://url.spec.whatwg.org/#ends-in-a-number-checker
	last := labels[len(labels)-1]
	if isDigits(last) || strings.HasPrefix(last, "0x") {
		return isIPv4(labels)
	}
	return true
}

// isIPv4 accepts the form that the standard writes, and no other.
func isIPv4(labels []string) bool {
	if len(labels) != 4 {
		return false
	}
	for _, label := range labels {
		n, ok := digits(label)
		if !ok || n > 255 || len(label) > 1 && label[0] == '0' {
			return false
		}
	}
	return true
}

// loopback reports whether requests to a valid host stay on this machine.
func loopback(host string) bool {
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || host == "[::1]" ||
		strings.HasPrefix(host, "127.") && isIPv4(strings.Split(host, "."))
}

// plainPath reports whether a path that begins with a slash stays as it is in
// every browser, segment by segment.
func plainPath(path string) bool {
	for _, segment := range strings.Split(path[1:], "/") {
		if segment == "" || isDots(segment) {
			return false
		}
		for i := range len(segment) {
			if !unreserved(segment[i]) {
				return false
			}
		}
	}
	return path[0] == '/'
}

// isDots reports whether browsers read a path segment as "." or "..": they
// take %2e for a dot, https://url.spec.whatwg.org/#double-dot-path-segment
func isDots(segment string) bool {
	segment = strings.ReplaceAll(lower(segment), "%2e", ".")
	return segment == "." || segment == ".."
}

// unreserved are the characters that mean themselves anywhere in a URL,
// RFC 3986 section 2.3.
func unreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
		c == '-' || c == '.' || c == '_' || c == '~'
}

// EqualName reports whether two header names are the same, RFC 9110 section 5.1.
func EqualName(a, b string) bool { return lower(a) == lower(b) }

// lower maps ASCII letters only: the Kelvin sign is no k.
func lower(s string) string {
	for i := range len(s) {
		if 'A' <= s[i] && s[i] <= 'Z' {
			b := []byte(s)
			for j := i; j < len(b); j++ {
				if 'A' <= b[j] && b[j] <= 'Z' {
					b[j] += 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}
