package exact

import (
	"errors"
	"strings"
)

// Template is a request as the options describe it, data only: keepAlive,
// verify and revoke. {account} and {user} in path and body stand for the
// session's.
type Template struct {
	Method  string // "" means GET
	Path    string // begins with one slash, appended to the API's base address
	Headers [][2]string
	Body    *string // nil means none
}

// Check tells what is wrong with a template, before any session uses it.
func (t Template) Check() error {
	switch method := t.method(); {
	case !isToken(method):
		return errors.New("has a method that is none")
	case method == "CONNECT" || method == "TRACE" || method == "TRACK":
		return errors.New("has a method that browsers refuse")
	case t.Body != nil && (method == "GET" || method == "HEAD"):
		return errors.New("has a body, which GET and HEAD cannot carry")
	}
	for _, header := range t.Headers {
		if !isToken(header[0]) || strings.ContainsAny(header[1], "\r\n\x00") {
			return errors.New("has a header that is none")
		}
		if lower(header[0]) == "authorization" {
			return errors.New("must not set Authorization: the session's token is added")
		}
	}
	_, err := t.fillPath("a", "u")
	return err
}

// Fill returns the path and the body for a session. It fails where the session
// lacks an id that the template needs, or where an id would change the path's
// meaning.
func (t Template) Fill(account, user string) (method, path string, body *string, err error) {
	path, err = t.fillPath(account, user)
	if err != nil {
		return "", "", nil, err
	}
	if t.Body != nil {
		filled, err := substitute(*t.Body, account, user, appendEscaped)
		if err != nil {
			return "", "", nil, err
		}
		body = &filled
	}
	return t.method(), path, body, nil
}

func (t Template) method() string {
	if t.Method == "" {
		return "GET"
	}
	return upper(t.Method)
}

// fillPath puts the ids in and judges the result as a browser would read it: an
// id may be anything, the destination must not depend on it.
func (t Template) fillPath(account, user string) (string, error) {
	path, err := substitute(t.Path, account, user, appendPercent)
	if err != nil {
		return "", err
	}
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") {
		return "", errors.New(`needs a path that begins with one "/"`)
	}
	for i := range len(path) {
		if c := path[i]; c <= ' ' || c >= 0x7f || strings.IndexByte("\\#\"<>{}|^`", c) >= 0 {
			return "", errors.New("has a character in its path that must be escaped")
		}
	}
	before, _, _ := strings.Cut(path, "?")
	for _, segment := range strings.Split(before[1:], "/") {
		if isDots(segment) {
			return "", errors.New("has a dotted segment in its path")
		}
	}
	return path, nil
}

// substitute replaces {account} and {user}, once: ids are not looked through
// for further braces.
func substitute(s, account, user string, escape func([]byte, string) []byte) (string, error) {
	var dst []byte
	for s != "" {
		id, name := "", ""
		switch {
		case strings.HasPrefix(s, "{account}"):
			id, name = account, "{account}"
		case strings.HasPrefix(s, "{user}"):
			id, name = user, "{user}"
		default:
			dst = append(dst, s[0])
			s = s[1:]
			continue
		}
		if id == "" {
			return "", errors.New("needs " + name + ", which this session does not have")
		}
		dst = escape(dst, id)
		s = s[len(name):]
	}
	return string(dst), nil
}

// appendPercent escapes all but RFC 3986's unreserved characters.
func appendPercent(dst []byte, s string) []byte {
	const digits = "0123456789ABCDEF"
	for i := range len(s) {
		if c := s[i]; unreserved(c) {
			dst = append(dst, c)
		} else {
			dst = append(dst, '%', digits[c>>4], digits[c&15])
		}
	}
	return dst
}

// isToken reports whether s is a token of RFC 9110 section 5.6.2.
func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0) {
			return false
		}
	}
	return s != ""
}

// upper maps ASCII letters only.
func upper(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'a' <= c && c <= 'z' {
			b[i] = c - ('a' - 'A')
		}
	}
	return string(b)
}
