package sandbox

import (
	"io"
	"net/http"
	"strconv"
	"sync"
)

// maxFixtureIDs bounds the gates and sinks one handler remembers.
const maxFixtureIDs = 1000

// registry finds the fixture of an ID, made at its first mention.
type registry[T any] struct {
	mu    sync.Mutex
	known map[string]*T
	make  func() *T
}

func (g *registry[T]) find(w http.ResponseWriter, r *http.Request) *T {
	id := r.PathValue("id")
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.known == nil {
		g.known = map[string]*T{}
	}
	if g.known[id] == nil {
		if len(g.known) >= maxFixtureIDs {
			writeText(w, http.StatusServiceUnavailable, "too many fixture ids")
			return nil
		}
		g.known[id] = g.make()
	}
	return g.known[id]
}

// A gate is one answer whose body goes out by order.
type gate struct {
	mu    sync.Mutex
	state gateState
	queue [][]byte
	over  bool          // no more chunks will come
	cut   bool          // and the end shall be a broken one
	poked chan struct{} // capacity 1: look at the above again
}

type gateState struct {
	Open   bool  `json:"open"`   // a client is being answered
	Closed bool  `json:"closed"` // the client went away before the end
	Sent   int   `json:"sent"`   // chunks
	Bytes  int64 `json:"bytes"`
}

type gates struct{ registry[gate] }

func newGates() *gates {
	g := new(gates)
	g.make = func() *gate { return &gate{poked: make(chan struct{}, 1)} }
	return g
}

func (g *gates) register(mux *http.ServeMux) {
	order := func(change func(*gate, *http.Request)) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if gate := g.find(w, r); gate != nil {
				gate.mu.Lock()
				change(gate, r)
				gate.mu.Unlock()
				gate.poke()
				w.WriteHeader(http.StatusNoContent)
			}
		}
	}
	mux.HandleFunc("/_fixture/gate/{id}", func(w http.ResponseWriter, r *http.Request) {
		if gate := g.find(w, r); gate != nil {
			gate.serve(w, r)
		}
	})
	mux.HandleFunc("GET /_fixture/gate/{id}/state", func(w http.ResponseWriter, r *http.Request) {
		if gate := g.find(w, r); gate != nil {
			gate.mu.Lock()
			state := gate.state
			gate.mu.Unlock()
			writeJSON(w, http.StatusOK, state)
		}
	})
	mux.HandleFunc("POST /_fixture/gate/{id}/next", order(func(g *gate, r *http.Request) {
		g.queue = append(g.queue, []byte(r.URL.Query().Get("body")))
	}))
	mux.HandleFunc("POST /_fixture/gate/{id}/end", order(func(g *gate, _ *http.Request) { g.over = true }))
	mux.HandleFunc("POST /_fixture/gate/{id}/cut", order(func(g *gate, _ *http.Request) { g.over, g.cut = true, true }))
}

func (g *gate) poke() {
	select {
	case g.poked <- struct{}{}:
	default:
	}
}

// serve answers with what was and will be ordered; one client at a time.
func (g *gate) serve(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(http.StatusOK)
	flusher := http.NewResponseController(w)
	_ = flusher.Flush()
	g.mu.Lock()
	g.state.Open, g.state.Closed = true, false
	g.mu.Unlock()
	for {
		g.mu.Lock()
		chunks, over, cut := g.queue, g.over, g.cut
		g.queue = nil
		g.mu.Unlock()
		for _, chunk := range chunks {
			_, _ = w.Write(chunk)
			_ = flusher.Flush()
			g.mu.Lock()
			g.state.Sent++
			g.state.Bytes += int64(len(chunk))
			g.mu.Unlock()
		}
		if over {
			g.finish(false)
			if cut {
				panic(http.ErrAbortHandler)
			}
			return
		}
		select {
		case <-g.poked:
		case <-r.Context().Done():
			g.finish(true)
			return
		}
	}
}

// finish leaves the gate ready for another client.
func (g *gate) finish(closed bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.state.Open, g.state.Closed = false, closed
	g.over, g.cut, g.queue = false, false, nil
}

// A sink is one request whose body is read by order.
type sink struct {
	mu    sync.Mutex
	state sinkState
	poked chan struct{}
}

type sinkState struct {
	Open     bool  `json:"open"`
	Closed   bool  `json:"closed"` // the client went away before the body's end
	Ended    bool  `json:"ended"`  // the body was read to its end
	Received int64 `json:"received"`
	Allowed  int64 `json:"allowed"`
}

type sinks struct{ registry[sink] }

func newSinks() *sinks {
	s := new(sinks)
	s.make = func() *sink { return &sink{poked: make(chan struct{}, 1)} }
	return s
}

func (s *sinks) register(mux *http.ServeMux) {
	mux.HandleFunc("/_fixture/sink/{id}", func(w http.ResponseWriter, r *http.Request) {
		if sink := s.find(w, r); sink != nil {
			sink.serve(w, r)
		}
	})
	mux.HandleFunc("GET /_fixture/sink/{id}/state", func(w http.ResponseWriter, r *http.Request) {
		if sink := s.find(w, r); sink != nil {
			writeJSON(w, http.StatusOK, sink.look())
		}
	})
	mux.HandleFunc("POST /_fixture/sink/{id}/next", func(w http.ResponseWriter, r *http.Request) {
		sink := s.find(w, r)
		if sink == nil {
			return
		}
		n, err := strconv.ParseInt(r.URL.Query().Get("n"), 10, 64)
		if err != nil || n < 0 {
			writeText(w, http.StatusBadRequest, "n: expected a number of bytes")
			return
		}
		sink.mu.Lock()
		sink.state.Allowed += n
		sink.mu.Unlock()
		select {
		case sink.poked <- struct{}{}:
		default:
		}
		w.WriteHeader(http.StatusNoContent)
	})
}

func (s *sink) look() sinkState {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state
}

func (s *sink) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.state = sinkState{Open: true, Allowed: s.state.Allowed}
	s.mu.Unlock()
	buffer := make([]byte, 32<<10)
	for {
		state := s.look()
		if state.Received == state.Allowed {
			select {
			case <-s.poked:
				continue
			case <-r.Context().Done():
				s.finish(false)
				return
			}
		}
		n, err := r.Body.Read(buffer[:min(int64(len(buffer)), state.Allowed-state.Received)])
		s.mu.Lock()
		s.state.Received += int64(n)
		s.mu.Unlock()
		if err != nil {
			s.finish(err == io.EOF)
			if err == io.EOF {
				writeJSON(w, http.StatusOK, map[string]int64{"received": s.look().Received})
			}
			return
		}
	}
}

func (s *sink) finish(ended bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.Open, s.state.Closed, s.state.Ended, s.state.Allowed = false, !ended, ended, 0
}
