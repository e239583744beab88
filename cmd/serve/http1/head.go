package http1

import (
	"bytes"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"exactlogin/cmd/serve/static"
)

// Limits of a request's head. RFC 9112, 3 asks for lines of 8000 bytes at least.
const (
	maxLine   = 8<<10 + 64
	maxHead   = 32 << 10
	maxFields = 100
	maxEmpty  = 2 // lines before the first, RFC 9112, 2.2
)

// A fault is why a head is refused: it ends the connection, since nobody can
// tell where the next request would begin.
type fault struct {
	status int
	text   string
}

func bad(text string) *fault { return &fault{http.StatusBadRequest, text} }

// A head is what came before a request's body.
type head struct {
	static.Request
	minor     int    // of HTTP/1.x
	target    string // as it came
	length    int64  // of the body, chunked = -1
	close     bool   // the client asks for it, or speaks HTTP/1.0
	keepAlive bool   // the client of HTTP/1.0 asks for it

	hosts, fields   int
	lengths         int
	transfer        string
	hasTransfer     bool
	line, seen, gap int // beginning of the line at hand, lines seen, empty lines before
}

const chunked = -1

// read goes on with a head as far as it has come. It gives the length of the
// head once it is complete, 0 until then. b begins with the head's first byte
// in each call; what lies before h.line has been read.
func (h *head) read(b []byte) (int, *fault) {
	for {
		i := bytes.IndexByte(b[h.line:], '\n')
		if i < 0 {
			return 0, h.unfinished(b)
		}
		line := b[h.line : h.line+i]
		h.line += i + 1
		if h.line > maxHead {
			return 0, tooLarge
		}
		if i == 0 || line[i-1] != '\r' {
			return 0, bad("A line does not end in CR LF.")
		}
		line = line[:i-1]
		if bytes.IndexByte(line, '\r') >= 0 || bytes.IndexByte(line, 0) >= 0 {
			return 0, bad("A line has a character that no line may have.")
		}
		var f *fault
		switch {
		case h.seen == 0 && len(line) == 0:
			if h.gap++; h.gap > maxEmpty {
				f = bad("The request line is missing.")
			}
		case h.seen == 0:
			h.seen++
			f = h.requestLine(line)
		case len(line) == 0:
			return h.line, h.complete()
		default:
			h.seen++
			f = h.field(line)
		}
		if f != nil {
			return 0, f
		}
	}
}

var (
	tooLong  = &fault{http.StatusRequestURITooLong, "The request line is too long."}
	tooLarge = &fault{http.StatusRequestHeaderFieldsTooLarge, "The request's header is too large."}
)

// unfinished tells what need not be waited for.
func (h *head) unfinished(b []byte) *fault {
	rest := b[h.line:]
	switch {
	case h.seen == 0 && len(rest) > 0 && rest[0] != '\r' && !isToken(rest[:1]):
		return bad("This is not HTTP.") // TLS, for example
	case h.seen == 0 && len(rest) > maxLine:
		if bytes.IndexByte(rest, ' ') < 0 {
			return bad("This is not HTTP.")
		}
		return tooLong
	case len(b) >= maxHead:
		return tooLarge
	}
	return nil
}

func (h *head) requestLine(line []byte) *fault {
	method, rest, _ := bytes.Cut(line, []byte{' '})
	target, version, three := bytes.Cut(rest, []byte{' '})
	if !isToken(method) || !three || len(target) == 0 {
		return bad("The request line is not: method, target, version.")
	}
	if len(version) != 8 || !bytes.HasPrefix(version, []byte("HTTP/")) || version[6] != '.' || !isDigit(version[5]) || !isDigit(version[7]) {
		return bad("The request line does not end in a version of HTTP.")
	}
	if version[5] != '1' {
		return &fault{http.StatusHTTPVersionNotSupported, "Only HTTP/1.1 and HTTP/1.0 are spoken here."}
	}
	h.minor = int(version[7] - '0')
	if len(line) > maxLine {
		return tooLong
	}
	if len(method) > 32 {
		return &fault{http.StatusNotImplemented, "This method is not known here."}
	}
	h.Method = methodOf(method)
	h.target = string(target)
	return h.readTarget()
}

// readTarget reads the four forms of RFC 9112, 3.2.
func (h *head) readTarget() *fault {
	for i := range len(h.target) {
		if c := h.target[i]; c <= ' ' || c >= 0x7f || c == '#' {
			return bad("The request's target has a character that no target may have.")
		}
	}
	rest := h.target
	switch {
	case h.Method == http.MethodConnect:
		return &fault{http.StatusMethodNotAllowed, "This is no proxy."}
	case h.target == "*" && h.Method == http.MethodOptions:
	case h.target[0] == '/':
	default: // absolute: its authority counts, whatever Host says
		scheme, after, ok := strings.Cut(h.target, "://")
		if !ok || !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https") {
			return bad("The request's target is neither a path nor a URL.")
		}
		end := strings.IndexAny(after, "/?")
		if end < 0 {
			end = len(after)
		}
		if !isHost(after[:end]) {
			return bad("The request's target has no host.")
		}
		if rest = after[end:]; rest == "" || rest[0] == '?' {
			rest = "/" + rest
		}
	}
	h.Path, h.Query, _ = strings.Cut(rest, "?")
	if strings.IndexByte(h.Path, '%') >= 0 {
		path, err := url.PathUnescape(h.Path)
		if err != nil {
			return bad("The request's target is not well encoded.")
		}
		h.Path = path
	}
	return nil
}

func (h *head) field(line []byte) *fault {
	if line[0] == ' ' || line[0] == '\t' {
		return bad("A field of the header is folded.") // RFC 9112, 5.2
	}
	colon := bytes.IndexByte(line, ':')
	if colon < 0 || !isToken(line[:colon]) {
		return bad("A field of the header has no proper name.")
	}
	if h.fields++; h.fields > maxFields {
		return tooLarge
	}
	value := bytes.Trim(line[colon+1:], " \t")
	for _, c := range value {
		if c < ' ' && c != '\t' || c == 0x7f {
			return bad("A field of the header has a character that no field may have.")
		}
	}
	var lower [24]byte
	if colon > len(lower) {
		return nil
	}
	for i, c := range line[:colon] {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		lower[i] = c
	}
	switch string(lower[:colon]) {
	case "host":
		if h.hosts++; h.hosts > 1 || !isHost(string(value)) {
			return bad("The request must name one host.")
		}
	case "content-length":
		n, err := strconv.ParseUint(string(value), 10, 63)
		if h.lengths++; h.lengths > 1 || err != nil || !isDigit(value[0]) {
			return bad("The length of the request's body is not one number.")
		}
		h.length = int64(n)
	case "transfer-encoding":
		if h.hasTransfer {
			h.transfer += ","
		}
		h.hasTransfer = true
		h.transfer += string(value)
	case "connection":
		for option := range strings.SplitSeq(string(value), ",") {
			switch option = strings.Trim(option, " \t"); {
			case strings.EqualFold(option, "close"):
				h.close = true
			case strings.EqualFold(option, "keep-alive"):
				h.keepAlive = true
			}
		}
	case "expect":
		if h.minor > 0 && !strings.EqualFold(string(value), "100-continue") {
			return &fault{http.StatusExpectationFailed, "What the request expects is not known here."}
		}
	case "accept-encoding":
		join(&h.AcceptEncoding, value)
	case "if-match":
		join(&h.IfMatch, value)
	case "if-none-match":
		join(&h.IfNoneMatch, value)
	case "if-modified-since":
		join(&h.IfModifiedSince, value)
	case "if-unmodified-since":
		join(&h.IfUnmodifiedSince, value)
	case "if-range":
		join(&h.IfRange, value)
	case "range":
		join(&h.Range, value)
	}
	return nil
}

func join(s *string, value []byte) {
	if *s != "" {
		*s += ", "
	}
	*s += string(value)
}

// complete judges what only the whole head tells.
func (h *head) complete() *fault {
	if h.hosts == 0 && h.minor > 0 {
		return bad("The request must name one host.")
	}
	if h.hasTransfer {
		switch {
		case h.lengths > 0, h.minor == 0: // RFC 9112, 6.1: this is how requests are smuggled
			return bad("The length of the request's body is told in two ways.")
		case !strings.EqualFold(h.transfer, "chunked"):
			if last := h.transfer[strings.LastIndexByte(h.transfer, ',')+1:]; !strings.EqualFold(strings.Trim(last, " \t"), "chunked") || strings.Count(strings.ToLower(h.transfer), "chunked") > 1 {
				return bad("Nobody can tell where the request's body ends.")
			}
			return &fault{http.StatusNotImplemented, "The transfer coding of the request is not known here."}
		}
		h.length = chunked
	}
	if h.minor == 0 && !h.keepAlive {
		h.close = true
	}
	return nil
}

// isHost accepts what names a server: a name or an address, and a port.
func isHost(text string) bool {
	host, port := text, ""
	if i := strings.LastIndexByte(text, ':'); i >= 0 && !strings.HasSuffix(text, "]") {
		host, port = text[:i], text[i+1:]
		if n, err := strconv.ParseUint(port, 10, 16); port != "" && (err != nil || !isDigit(port[0]) || n == 0) {
			return false
		}
	}
	if strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]") {
		address, err := netip.ParseAddr(host[1 : len(host)-1])
		return err == nil && address.Is6() && address.Zone() == ""
	}
	for i := range len(host) {
		c := host[i]
		if !isDigit(c) && (c|0x20 < 'a' || c|0x20 > 'z') && c != '.' && c != '-' && c != '_' {
			return false
		}
	}
	return host != "" && len(host) < 256
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// isToken is RFC 9110, 5.6.2.
func isToken(b []byte) bool {
	for _, c := range b {
		if !isDigit(c) && (c|0x20 < 'a' || c|0x20 > 'z') && strings.IndexByte("!#$%&'*+-.^_`|~", c) < 0 {
			return false
		}
	}
	return len(b) > 0
}

// methodOf spares the copy of what nearly all requests are.
func methodOf(b []byte) string {
	switch string(b) {
	case http.MethodGet:
		return http.MethodGet
	case http.MethodHead:
		return http.MethodHead
	}
	return string(b)
}
