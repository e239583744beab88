package static

import (
	"net/http"
	"os"
	"strconv"
	"sync"
)

// A Field is one line of a header.
type Field struct{ Name, Value string }

// An Answer is all of an answer but Date and Connection, which belong to the
// moment and the connection. It may be shared: nobody changes it.
type Answer struct {
	Status int
	Fields []Field
	Body   [][]byte // of a GET; a HEAD has the same header and no body
	Hints  []string // values of Link, worth sending ahead (103)

	wire   []byte
	file   *os.File
	shared sync.Once
}

// File holds the body of an answer that is kept, if it is large, so that the
// kernel can send it; nil for others, and where the system has no such files.
func (a *Answer) File() *os.File {
	const large = 64 << 10
	if a.wire == nil || len(a.Body) != 1 || len(a.Body[0]) < large {
		return nil
	}
	a.shared.Do(func() { a.file = share(a.Body[0]) })
	return a.file
}

// Head is the answer's beginning as HTTP/1.1 writes it, up to where Date,
// Connection and the empty line follow.
func (a *Answer) Head() []byte {
	if a.wire != nil {
		return a.wire
	}
	return a.head()
}

func (a *Answer) head() []byte {
	b := make([]byte, 0, 1024)
	b = append(b, "HTTP/1.1 "...)
	b = strconv.AppendInt(b, int64(a.Status), 10)
	b = append(b, ' ')
	b = append(b, http.StatusText(a.Status)...)
	for _, f := range a.Fields {
		b = append(b, "\r\n"...)
		b = append(b, f.Name...)
		b = append(b, ": "...)
		b = append(b, f.Value...)
	}
	return append(b, "\r\n"...)
}

// Keep writes the head once and for all, for an answer that is given often.
func (a *Answer) Keep() *Answer {
	a.wire = a.head()
	return a
}

// Value is that of the field of this name, "" if there is none.
func (a *Answer) Value(name string) string {
	for _, f := range a.Fields {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

// Size is the length of the body.
func (a *Answer) Size() int64 {
	n := int64(0)
	for _, part := range a.Body {
		n += int64(len(part))
	}
	return n
}

// Serve gives the answer by way of net/http.
func (a *Answer) Serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	if len(a.Hints) > 0 && r.ProtoMajor >= 2 && r.Header.Get("Sec-Fetch-Mode") == "navigate" {
		// Browsers understand early hints for the page itself, over HTTP/2.
		kept := h.Clone()
		clear(h)
		h["Link"] = a.Hints
		w.WriteHeader(http.StatusEarlyHints)
		clear(h)
		for name, values := range kept {
			h[name] = values
		}
	}
	for _, f := range a.Fields {
		h.Set(f.Name, f.Value)
	}
	w.WriteHeader(a.Status)
	if r.Method == http.MethodHead {
		return
	}
	for _, part := range a.Body {
		if _, err := w.Write(part); err != nil {
			return // the client has gone
		}
	}
}

// Text is an answer of one line of text, under the strictest policy. It
// repeats nothing of the request. more are fields that belong to the status.
func Text(status int, text string, more ...Field) *Answer {
	body := []byte(text + "\n")
	fields := append([]Field{
		{"Content-Type", "text/plain; charset=utf-8"},
		{"Content-Length", strconv.Itoa(len(body))},
		{"Cache-Control", "no-store"},
		{"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
	}, more...)
	return &Answer{Status: status, Fields: append(fields, protection...), Body: [][]byte{body}}
}
