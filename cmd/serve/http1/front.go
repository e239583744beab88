// Package http1 stands between the sockets and net/http. It reads the head of
// each request of HTTP/1 strictly, answers malformed ones with the same headers
// as every answer of the site, holds slow clients to time limits, and sends
// answers that are ready in memory itself. Requests that need a handler go on to
// net/http, as do all of HTTP/2.
//
// net/http alone is lenient where intermediaries may read a request in another
// way (bare line feeds, two lengths that agree, a length beside chunks), and
// its own answers to malformed requests carry no headers of ours.
package http1

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"exactlogin/cmd/serve/static"
)

// Options of a Front. Times have defaults.
type Options struct {
	// Ready gives the answer to a request without a body (or one whose body is
	// of no use) that needs no handler, or nil.
	Ready func(*static.Request) *static.Answer
	// Always are fields of every answer that the front makes of its own.
	Always []static.Field
	// Done is told of each exchange that net/http does not see; may be nil.
	Done func(Exchange)

	Head  time.Duration // for a request's head to come, from its first byte or the connection's begin
	Idle  time.Duration // for the next request to begin
	Body  time.Duration // for a request's body
	Write time.Duration // for an answer to be taken

	Connections int // at most, others get a 503; 0 = any number
}

// An Exchange is one request and its answer.
type Exchange struct {
	Method, Path  string // "" where the request was too malformed to have them
	Proto         string
	Status        int
	Bytes         int64 // of the answer's body
	Coding        string
	Remote        net.Addr
	Start         time.Time
	BadlyFinished bool // the client went away before the end
}

// A Front takes connections from a listener, and hands them on.
type Front struct {
	o        Options
	listener net.Listener
	config   *tls.Config // nil = none
	one, two queue       // for net/http, HTTP/1 and HTTP/2

	open     atomic.Int64
	refused  atomic.Int64
	draining atomic.Bool
	mu       sync.Mutex
	conns    map[*conn]struct{}
}

// New makes a front of a listener. With a configuration of TLS it shakes hands,
// for HTTP/2 and HTTP/1.
func New(l net.Listener, config *tls.Config, o Options) *Front {
	for _, d := range []struct {
		limit *time.Duration
		usual time.Duration
	}{{&o.Head, 10 * time.Second}, {&o.Idle, time.Minute}, {&o.Body, 30 * time.Second}, {&o.Write, 5 * time.Minute}} {
		if *d.limit == 0 {
			*d.limit = d.usual
		}
	}
	f := &Front{o: o, listener: l, conns: map[*conn]struct{}{}}
	f.one, f.two = newQueue(l.Addr()), newQueue(l.Addr())
	if config != nil {
		f.config = config.Clone()
		f.config.NextProtos = []string{"h2", "http/1.1"}
	}
	return f
}

// Serve runs both servers on the front's connections until the listener fails
// or is closed. The servers' own limits for HTTP/1 are not used: the front
// keeps them.
func (f *Front) Serve(handler http.Handler, tune func(*http.Server)) (one, two *http.Server, serve func() error) {
	one = &http.Server{Handler: handler, MaxHeaderBytes: 2 * maxHead, WriteTimeout: f.o.Write, ConnState: func(c net.Conn, s http.ConnState) {
		if s == http.StateIdle {
			if c, ok := c.(interface{ idle() }); ok {
				c.idle()
			}
		}
	}}
	two = &http.Server{
		Handler: handler, MaxHeaderBytes: maxHead, ReadHeaderTimeout: f.o.Head, IdleTimeout: f.o.Idle, WriteTimeout: f.o.Write,
	}
	tune(one)
	tune(two)
	return one, two, func() error {
		failed := make(chan error, 3)
		go func() { failed <- one.Serve(f.one) }()
		go func() { failed <- two.Serve(f.two) }()
		go func() { failed <- f.accept() }()
		return <-failed
	}
}

// Open is how many connections there are; Refused how many were too many.
func (f *Front) Open() int64    { return f.open.Load() }
func (f *Front) Refused() int64 { return f.refused.Load() }

func (f *Front) accept() error {
	var pause time.Duration
	for {
		raw, err := f.listener.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return err
			}
			// Out of descriptors, most likely: as net/http does, wait for some.
			pause = min(max(2*pause, 5*time.Millisecond), time.Second)
			time.Sleep(pause)
			continue
		}
		pause = 0
		if n := f.open.Add(1); f.o.Connections > 0 && n > int64(f.o.Connections) {
			f.refused.Add(1)
			go f.turnAway(raw)
			continue
		}
		if f.config == nil {
			f.one.put(f.newConn(raw, func() { f.open.Add(-1) }))
			continue
		}
		go f.shakeHands(&counted{Conn: raw, release: sync.OnceFunc(func() { f.open.Add(-1) })})
	}
}

var tooMany = static.Text(http.StatusServiceUnavailable, "There are too many connections. Try again in a moment.", static.Field{Name: "Retry-After", Value: "5"})

func (f *Front) turnAway(raw net.Conn) {
	defer f.open.Add(-1)
	defer raw.Close()
	if f.config != nil {
		return // not even a handshake
	}
	c := &conn{Conn: raw, front: f}
	_ = c.send(&head{minor: 1, close: true}, f.complete(tooMany), true)
	c.linger()
}

func (f *Front) shakeHands(raw net.Conn) {
	secured := tls.Server(raw, f.config)
	ctx, cancel := context.WithTimeout(context.Background(), f.o.Head)
	defer cancel()
	if secured.HandshakeContext(ctx) != nil {
		raw.Close()
		return
	}
	if secured.ConnectionState().NegotiatedProtocol == "h2" {
		f.two.put(secured)
		return
	}
	f.one.put(&secureConn{f.newConn(secured, nil), secured})
}

// Drain takes no more connections, and ends those on which nothing is under
// way. It returns when no answer of the front's own is left, or ctx ends;
// net/http's are for its Shutdown.
func (f *Front) Drain(ctx context.Context) {
	f.draining.Store(true)
	f.listener.Close()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		left := 0
		f.mu.Lock()
		for c := range f.conns {
			if c.wakeForDrain() {
				left++
			}
		}
		f.mu.Unlock()
		if left == 0 {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

func (f *Front) complete(a *static.Answer) *static.Answer {
	return &static.Answer{Status: a.Status, Fields: append(a.Fields[:len(a.Fields):len(a.Fields)], f.o.Always...), Body: a.Body}
}

// counted tells when a connection is closed.
type counted struct {
	net.Conn
	release func()
}

func (c *counted) Close() error {
	c.release()
	return c.Conn.Close()
}

// queue is a listener of connections that are put into it.
type queue struct {
	conns chan net.Conn
	done  chan struct{}
	close func()
	addr  net.Addr
}

func newQueue(addr net.Addr) queue {
	done := make(chan struct{})
	return queue{conns: make(chan net.Conn), done: done, close: sync.OnceFunc(func() { close(done) }), addr: addr}
}

func (q queue) put(c net.Conn) {
	select {
	case q.conns <- c:
	case <-q.done:
		c.Close()
	}
}

func (q queue) Accept() (net.Conn, error) {
	select {
	case c := <-q.conns:
		return c, nil
	case <-q.done:
		return nil, net.ErrClosed
	}
}

func (q queue) Close() error   { q.close(); return nil }
func (q queue) Addr() net.Addr { return q.addr }
