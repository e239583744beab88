package static

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// A file is what one name has to offer: itself, then its compressed twins.
type file struct {
	stamp    time.Time // of the tree's file
	size     int64
	modified time.Time // as told to clients, in whole seconds; zero = untold
	kind     string
	common   []Field // of each answer about this file
	always   []Field
	variants []*variant
}

// A variant is the file in one coding, with the two answers it is mostly asked
// for made in advance.
type variant struct {
	coding  string // "" for the file itself
	content []byte
	etag    string
	whole   *Answer // 200
	same    *Answer // 304
}

func newVariant(coding string, content []byte) *variant {
	hash := sha256.Sum256(content)
	return &variant{coding: coding, content: content, etag: `"` + base64.RawURLEncoding.EncodeToString(hash[:18]) + `"`}
}

func newFile(name, csp string, always []Field, modified time.Time, variants []*variant, hints []string) *file {
	f := &file{kind: TypeOf(name), always: always, variants: variants}
	if !modified.IsZero() && modified.Unix() > 0 {
		f.modified = modified.Truncate(time.Second).UTC()
	}
	f.common = []Field{{"Cache-Control", CacheControl(name)}}
	if len(variants) > 1 {
		f.common = append(f.common, Field{"Vary", "Accept-Encoding"})
	}
	f.common = append(f.common, Field{"Content-Security-Policy", csp})
	f.common = append(append(f.common, protection...), always...)
	for _, v := range variants {
		fields := append(f.described(v, true), Field{"Content-Type", f.kind}, Field{"Content-Length", strconv.Itoa(len(v.content))})
		if v.coding != "" {
			fields = append(fields, Field{"Content-Encoding", v.coding})
		}
		if len(hints) > 0 {
			fields = append(fields, Field{"Link", strings.Join(hints, ", ")})
		}
		v.whole = (&Answer{Status: http.StatusOK, Fields: fields, Body: [][]byte{v.content}, Hints: hints}).Keep()
		// RFC 9110, 15.4.5: what a cache needs, and nothing of the content.
		v.same = (&Answer{Status: http.StatusNotModified, Fields: f.described(v, false)}).Keep()
	}
	return f
}

// described are the fields of an answer that carries a variant or, without its
// content, confirms one.
func (f *file) described(v *variant, content bool) []Field {
	fields := append([]Field{{"ETag", v.etag}}, f.common...)
	if content {
		fields = append(fields, Field{"Accept-Ranges", "bytes"})
		if !f.modified.IsZero() {
			fields = append(fields, Field{"Last-Modified", f.modified.Format(http.TimeFormat)})
		}
	}
	return fields
}

// answer suits the request. Ranges are of the file itself: nobody can use a
// part of a compressed one.
func (f *file) answer(r *Request) *Answer {
	chosen := choose(f.variants, r.AcceptEncoding)
	plain := f.variants[0]
	if r.Range != "" && r.Method == http.MethodGet && weighsPlain(r.AcceptEncoding) {
		spans, err := parseRange(r.Range, int64(len(plain.content)))
		if err != errNoRange && (r.IfRange == "" || sameFile(r.IfRange, plain.etag, f.modified)) {
			switch verdict(r, plain.etag, f.modified) {
			case http.StatusNotModified:
				return plain.same
			case http.StatusPreconditionFailed:
				return f.refuse(http.StatusPreconditionFailed, "The file is not the one that was asked for.")
			}
			if err == errUnsatisfiable {
				return f.refuse(http.StatusRequestedRangeNotSatisfiable, "The file is shorter than that.",
					Field{"Content-Range", fmt.Sprintf("bytes */%d", len(plain.content))})
			}
			return f.parts(spans)
		}
	}
	if chosen == nil {
		names := []string{"identity"}
		for _, v := range f.variants[1:] {
			names = append(names, v.coding)
		}
		return f.refuse(http.StatusNotAcceptable, "This is to be had as: "+strings.Join(names, ", ")+".")
	}
	switch verdict(r, chosen.etag, f.modified) {
	case http.StatusNotModified:
		return chosen.same
	case http.StatusPreconditionFailed:
		return f.refuse(http.StatusPreconditionFailed, "The file is not the one that was asked for.")
	}
	return chosen.whole
}

// weighsPlain is whether the plain file may be sent.
func weighsPlain(accept string) bool {
	w := weigh(accept)
	return w.identity() > 0
}

// refuse is a refusal that depends on what the request said of the file.
func (f *file) refuse(status int, text string, more ...Field) *Answer {
	more = append(more, f.always...)
	if len(f.variants) > 1 {
		more = append(more, Field{"Vary", "Accept-Encoding"})
	}
	return Text(status, text, more...)
}
