package gateway

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"
)

// errStalled ends an exchange in which nothing moved for Upstream.Timeout.
var errStalled = errors.New("gateway: nothing moved in time")

const stalled = "upstream-timeout" // the problem's code

// A stall watches one exchange and ends it when nothing moves.
type stall struct {
	timeout    time.Duration
	connection *http.ResponseController
	cancel     context.CancelCauseFunc

	mu            sync.Mutex
	timer         *time.Timer
	begun         bool // the answer
	fired, closed bool
}

func newStall(timeout time.Duration, connection *http.ResponseController, cancel context.CancelCauseFunc) *stall {
	s := &stall{timeout: timeout, connection: connection, cancel: cancel}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.timer = time.AfterFunc(timeout, s.fire)
	return s
}

func (s *stall) fire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fired || s.closed {
		return
	}
	s.fired = true
	s.cancel(errStalled)
	// Reads of the caller's body and writes of the answer know no context. A
	// deadline long past frees them; where none can be set nothing blocks.
	past := time.Unix(1, 0)
	_ = s.connection.SetReadDeadline(past)
	if s.begun {
		_ = s.connection.SetWriteDeadline(past)
	}
}

// touch begins the time-out anew. The transport may read a body after the
// exchange has ended: nothing happens then.
func (s *stall) touch() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.fired && !s.closed {
		s.timer.Reset(s.timeout)
	}
}

// answering tells that the answer has begun.
func (s *stall) answering() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.begun = true
}

// end stops the watch and reports whether it had fired.
func (s *stall) end() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.timer.Stop()
	return s.fired
}

// unblock takes the deadlines back, so that the connection serves on.
func (s *stall) unblock() {
	_ = s.connection.SetReadDeadline(time.Time{})
	_ = s.connection.SetWriteDeadline(time.Time{})
}
