package static

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// A span is a part of a file, from its first byte to before its end.
type span struct{ start, end int64 }

func (s span) in(size int64) string { return fmt.Sprintf("bytes %d-%d/%d", s.start, s.end-1, size) }

var (
	errNoRange       = errors.New("no range that can be answered")
	errUnsatisfiable = errors.New("nothing of it is within the file")
)

// maxSpans is how many parts one request may ask for. RFC 9110, 14.2 lets a
// server ignore requests that cost more than they can be worth.
const maxSpans = 16

// parseRange reads a Range header of a file of this size. With errNoRange the
// header is to be ignored: another unit, malformed, or greedy.
func parseRange(header string, size int64) ([]span, error) {
	unit, list, ok := strings.Cut(header, "=")
	if !ok || !strings.EqualFold(strings.TrimSpace(unit), "bytes") || size == 0 {
		return nil, errNoRange
	}
	var spans []span
	asked, total := 0, int64(0)
	for part := range strings.SplitSeq(list, ",") {
		part = strings.Trim(part, " \t")
		if part == "" {
			continue // RFC 9110, 5.6.1: empty elements of lists mean nothing
		}
		first, last, ok := strings.Cut(part, "-")
		if asked++; !ok || asked > maxSpans {
			return nil, errNoRange
		}
		var s span
		if first == "" { // the last so many bytes
			n, ok := number(last)
			if !ok {
				return nil, errNoRange
			}
			s = span{max(size-n, 0), size}
		} else {
			start, ok := number(first)
			end := size
			if ok && last != "" {
				if end, ok = number(last); ok && end < start {
					return nil, errNoRange
				}
				end = min(end, size-1) + 1
			}
			if !ok {
				return nil, errNoRange
			}
			s = span{start, end}
		}
		if s.start < s.end && s.start < size {
			spans = append(spans, s)
			total += s.end - s.start
		}
	}
	switch {
	case asked == 0:
		return nil, errNoRange
	case len(spans) == 0:
		return nil, errUnsatisfiable
	case len(spans) > 1 && total > size: // they overlap: the whole is less
		return nil, errNoRange
	}
	return spans, nil
}

// number reads digits; one too large for any file is as good as the largest.
func number(text string) (int64, bool) {
	if text == "" || strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		n = 1<<62 - 1
	}
	return n, true
}

// sameFile is whether If-Range lets parts be combined with what the client
// has: a strong tag, or exactly the date (RFC 9110, 13.1.5).
func sameFile(ifRange, etag string, modified time.Time) bool {
	if strings.HasPrefix(ifRange, `"`) || strings.HasPrefix(ifRange, "W/") {
		return ifRange == etag
	}
	t, ok := date(ifRange, modified)
	return ok && t.Equal(modified)
}

// parts answers with spans of the file itself.
func (f *file) parts(spans []span) *Answer {
	plain := f.variants[0]
	size := int64(len(plain.content))
	if len(spans) == 1 {
		s := spans[0]
		return &Answer{Status: http.StatusPartialContent, Body: [][]byte{plain.content[s.start:s.end]}, Fields: append(f.described(plain, true),
			Field{"Content-Range", s.in(size)}, Field{"Content-Length", strconv.FormatInt(s.end-s.start, 10)}, Field{"Content-Type", f.kind})}
	}
	boundary := rand.Text()
	a := &Answer{Status: http.StatusPartialContent}
	for i, s := range spans {
		before := "\r\n"
		if i == 0 {
			before = ""
		}
		a.Body = append(a.Body, fmt.Appendf(nil, "%s--%s\r\nContent-Type: %s\r\nContent-Range: %s\r\n\r\n", before, boundary, f.kind, s.in(size)),
			plain.content[s.start:s.end])
	}
	a.Body = append(a.Body, []byte("\r\n--"+boundary+"--\r\n"))
	a.Fields = append(f.described(plain, true),
		Field{"Content-Length", strconv.FormatInt(a.Size(), 10)}, Field{"Content-Type", "multipart/byteranges; boundary=" + boundary})
	return a
}
