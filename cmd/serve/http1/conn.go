package http1

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"exactlogin/cmd/serve/static"
)

// phase is what a connection is about.
type phase int

const (
	heads  phase = iota // waits for a head, or sends an answer of the front's own
	handed              // net/http has a request; its body is being read
	busy                // net/http has all of a request and has not answered it yet
)

// conn is a connection as net/http sees it: only requests with sound heads come
// out of Read, and those the front answers itself never do. net/http reads from
// one goroutine at a time.
type conn struct {
	net.Conn
	front   *Front
	release func()

	buf        []byte // read from the client: buf[start:end] is still to be looked at
	start, end int
	out        []byte // of a head, on its way to net/http
	body       int64  // left of the body that follows it, chunked = until the end
	last       bool   // no request may follow
	bodyBegun  bool
	scratch    []byte

	mu     sync.Mutex
	phase  phase
	stated time.Time // net/http's or a handler's deadline for reading
	closed atomic.Bool
}

// secureConn tells net/http of its TLS, which it looks for by this method.
type secureConn struct {
	*conn
	tls *tls.Conn
}

func (c *secureConn) ConnectionState() tls.ConnectionState { return c.tls.ConnectionState() }

func (f *Front) newConn(raw net.Conn, release func()) *conn {
	c := &conn{Conn: raw, front: f, release: release}
	f.mu.Lock()
	f.conns[c] = struct{}{}
	f.mu.Unlock()
	return c
}

func (c *conn) Close() error {
	if c.closed.Swap(true) {
		return net.ErrClosed
	}
	c.front.mu.Lock()
	delete(c.front.conns, c)
	c.front.mu.Unlock()
	if c.release != nil {
		c.release()
	}
	return c.Conn.Close()
}

// CloseWrite lets net/http end an answer before it closes.
func (c *conn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

func (c *conn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stated = t
	return c.Conn.SetReadDeadline(t)
}

// SetDeadline is SetReadDeadline and SetWriteDeadline.
func (c *conn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

// idle is called when net/http has sent an answer.
func (c *conn) idle() { c.enter(heads) }

func (c *conn) enter(p phase) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.phase = p
	if p != heads {
		_ = c.Conn.SetReadDeadline(c.stated) // the deadline of the head is over
	}
}

// wakeForDrain ends the wait for a request. It is false where net/http has one,
// or where nothing is left to wait for.
func (c *conn) wakeForDrain() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.phase != heads || c.closed.Load() {
		return false
	}
	_ = c.Conn.SetReadDeadline(time.Unix(1, 0))
	return true
}

func (c *conn) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if len(c.out) > 0 {
		n := copy(p, c.out)
		if c.out = c.out[n:]; len(c.out) == 0 && c.body == 0 {
			c.enter(busy)
		}
		return n, nil
	}
	c.mu.Lock()
	now := c.phase
	c.mu.Unlock()
	switch now {
	case handed:
		return c.readBody(p)
	case busy:
		// net/http looks whether the client has gone. What comes now belongs to
		// the next request, and waits.
		if c.start < c.end || c.last {
			return 0, nil
		}
		err := c.fill()
		return 0, err
	}
	if err := c.nextHead(); err != nil {
		return 0, err
	}
	return c.Read(p)
}

func (c *conn) readBody(p []byte) (int, error) {
	if !c.bodyBegun {
		c.bodyBegun = true
		c.mu.Lock()
		if c.stated.IsZero() {
			_ = c.Conn.SetReadDeadline(time.Now().Add(c.front.o.Body))
		}
		c.mu.Unlock()
	}
	if c.body != chunked && int64(len(p)) > c.body {
		p = p[:c.body]
	}
	n, err := 0, error(nil)
	if c.start < c.end {
		n = copy(p, c.buf[c.start:c.end])
		c.start += n
	} else {
		n, err = c.Conn.Read(p)
	}
	if c.body != chunked {
		if c.body -= int64(n); c.body == 0 {
			c.enter(busy)
		}
	}
	return n, err
}

// fill reads more from the client.
func (c *conn) fill() error {
	if c.start > 0 && c.start == c.end {
		c.start, c.end = 0, 0
	}
	if c.end == len(c.buf) {
		c.buf = append(c.buf, make([]byte, max(len(c.buf), 2<<10))...)
	}
	n, err := c.Conn.Read(c.buf[c.end:])
	c.end += n
	if n > 0 {
		return nil
	}
	return err
}

// nextHead answers requests until there is one for net/http, which is then in
// c.out.
func (c *conn) nextHead() error {
	for {
		if c.last {
			return io.EOF
		}
		if c.start > 0 { // what earlier heads were read from may go
			c.end = copy(c.buf, c.buf[c.start:c.end])
			c.start = 0
		}
		h := new(head)
		size, f, err := c.readHead(h)
		if err != nil {
			return err
		}
		begin := time.Now()
		if f != nil {
			c.last = true
			var more []static.Field
			if f.status == http.StatusMethodNotAllowed {
				more = []static.Field{{Name: "Allow", Value: "GET, HEAD, OPTIONS"}}
			}
			h.close = true
			a := c.front.complete(static.Text(f.status, f.text, more...))
			err := c.send(h, a, h.Method != http.MethodHead)
			c.tell(h, a, begin, err)
			c.linger()
			return io.EOF
		}
		var a *static.Answer
		// A body is read by net/http, if it may matter at all.
		if h.length == 0 || h.Method != http.MethodGet && h.Method != http.MethodHead {
			a = c.front.o.Ready(&h.Request)
		}
		if a == nil {
			c.hand(h, size)
			return nil
		}
		c.start += size
		if h.length != 0 {
			h.close = true
		}
		if c.front.draining.Load() {
			h.close = true
		}
		c.last = h.close
		err = c.send(h, a, h.Method != http.MethodHead)
		c.tell(h, a, begin, err)
		if err != nil {
			return io.EOF
		}
		if c.last {
			c.linger()
			return io.EOF
		}
	}
}

// readHead reads until a head is complete or wrong. An error means that there
// is nobody to tell.
func (c *conn) readHead(h *head) (int, *fault, error) {
	begun := c.end > 0
	wait := c.front.o.Idle
	if c.buf == nil || begun {
		wait = c.front.o.Head
	}
	c.deadline(wait)
	for {
		if c.front.draining.Load() {
			return 0, nil, io.EOF
		}
		if c.end > 0 {
			if size, f := h.read(c.buf[:c.end]); size > 0 || f != nil {
				return size, f, nil
			}
			if !begun { // the limit is for all of it, however slowly it comes
				begun = true
				c.deadline(c.front.o.Head)
				if c.front.draining.Load() {
					return 0, nil, io.EOF
				}
			}
		}
		if err := c.fill(); err != nil {
			if errors.Is(err, os.ErrDeadlineExceeded) && c.end > 0 && !c.front.draining.Load() {
				return 0, &fault{http.StatusRequestTimeout, "The request took too long to come."}, nil
			}
			return 0, nil, io.EOF
		}
	}
}

func (c *conn) deadline(after time.Duration) {
	_ = c.Conn.SetReadDeadline(time.Now().Add(after))
}

// hand gives a request to net/http. After a chunked body nothing is taken for
// another request: its end is for net/http to find.
func (c *conn) hand(h *head, size int) {
	c.out = c.buf[c.start : c.start+size]
	if i := leadingEmpty(c.out); i > 0 {
		c.out = c.out[i:]
	}
	c.body, c.bodyBegun = h.length, false
	if h.length == chunked {
		c.last = true
		c.out = append(bytes.Clone(c.out[:len(c.out)-2]), "Connection: close\r\n\r\n"...)
	}
	c.start += size
	c.enter(handed)
}

func leadingEmpty(b []byte) int {
	n := 0
	for n < len(b) && (b[n] == '\r' || b[n] == '\n') {
		n++
	}
	return n
}

// send writes an answer. Short ones take one packet.
func (c *conn) send(h *head, a *static.Answer, body bool) error {
	_ = c.Conn.SetWriteDeadline(time.Now().Add(c.front.o.Write))
	b := append(c.scratch[:0], a.Head()...)
	b = append(b, "Date: "...)
	b = append(b, date()...)
	switch {
	case h.close:
		b = append(b, "\r\nConnection: close\r\n\r\n"...)
	case h.minor == 0:
		b = append(b, "\r\nConnection: keep-alive\r\n\r\n"...)
	default:
		b = append(b, "\r\n\r\n"...)
	}
	c.scratch = b
	size := a.Size()
	if !body || size == 0 {
		_, err := c.Conn.Write(b)
		return err
	}
	if size <= 16<<10 {
		for _, part := range a.Body {
			b = append(b, part...)
		}
		c.scratch = b
		_, err := c.Conn.Write(b)
		return err
	}
	if tcp, ok := c.Conn.(*net.TCPConn); ok {
		if f := a.File(); f != nil {
			if _, err := tcp.Write(b); err != nil {
				return err
			}
			return sendFile(tcp, f, size)
		}
	}
	all := append(net.Buffers{b}, a.Body...)
	_, err := all.WriteTo(c.Conn)
	return err
}

func (c *conn) tell(h *head, a *static.Answer, begin time.Time, err error) {
	if c.front.o.Done == nil {
		return
	}
	e := Exchange{
		Method: h.Method, Path: h.Path, Proto: "HTTP/1." + strconv.Itoa(h.minor), Status: a.Status, Bytes: a.Size(),
		Coding: a.Value("Content-Encoding"), Remote: c.RemoteAddr(), Start: begin, BadlyFinished: err != nil,
	}
	if h.Method == http.MethodHead || err != nil {
		e.Bytes = 0
	}
	c.front.o.Done(e)
}

// linger lets the client read the answer before the connection is closed:
// closing over unread input would reset it (RFC 9112, 9.6).
func (c *conn) linger() {
	const most, limit = 256 << 10, time.Second
	_ = c.CloseWrite()
	_ = c.Conn.SetReadDeadline(time.Now().Add(limit))
	_, _ = io.CopyN(io.Discard, c.Conn, most)
}

// today is the Date of this second.
var today atomic.Pointer[stamp]

type stamp struct {
	second int64
	text   []byte
}

func date() []byte {
	now := time.Now()
	s := today.Load()
	if s == nil || s.second != now.Unix() {
		s = &stamp{now.Unix(), []byte(now.UTC().Format(http.TimeFormat))}
		today.Store(s)
	}
	return s.text
}
