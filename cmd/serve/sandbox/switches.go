package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/textproto"
	"strings"
	"time"
)

// Switches make the sandbox misbehave. Times are in milliseconds. They leave
// preflights and fixtures alone, CORS excepted.
type Switches struct {
	// Lifetime of user tokens without use; applies to those given out too.
	Lifetime int64 `json:"lifetime"`
	// Sliding is whether calls extend a token's life.
	Sliding bool `json:"sliding"`
	// Latency comes before anything is judged.
	Latency int64 `json:"latency"`
	// Drop cuts the connections of the next requests whose path begins with DropPath.
	Drop     int    `json:"drop"`
	DropPath string `json:"dropPath"`
	// Status answers in place of the API.
	Status *Status `json:"status"`
	// CORS off leaves every CORS header out.
	CORS bool `json:"cors"`
	// ClockShift is added to the server's own clock.
	ClockShift int64 `json:"clockShift"`
	// CacheControl of every answer, "" for none.
	CacheControl string `json:"cacheControl"`
	// ExposeDate lets pages read the Date header; Expose names more headers.
	ExposeDate bool     `json:"exposeDate"`
	Expose     []string `json:"expose"`
	// Answer changes fields of a log-in's answer; null leaves one out.
	Answer map[string]json.RawMessage `json:"answer"`
}

// Status is what the next requests get.
type Status struct {
	Code        int               `json:"code"`
	Times       int               `json:"times"`  // how many requests, default 1, negative for ever
	Path        string            `json:"path"`   // prefix, "" for all
	Method      string            `json:"method"` // "" for all
	Body        string            `json:"body"`
	ContentType string            `json:"contentType"` // default text/plain
	Headers     map[string]string `json:"headers"`
}

func defaultSwitches(lifetime time.Duration) Switches {
	return Switches{Lifetime: lifetime.Milliseconds(), Sliding: true, CORS: true, CacheControl: "no-store"}
}

// check says what is wrong with the switches.
func (sw *Switches) check() error {
	const year = int64(366 * 24 * time.Hour / time.Millisecond)
	switch {
	case sw.Lifetime < 0 || sw.Lifetime > year:
		return errors.New("lifetime: expected 0 to one year, in ms")
	case sw.Latency < 0 || sw.Latency > year:
		return errors.New("latency: expected 0 to one year, in ms")
	case sw.ClockShift < -50*year || sw.ClockShift > 50*year:
		return errors.New("clockShift: expected at most 50 years, in ms")
	case sw.Drop < 0:
		return errors.New("drop: expected a number of requests, 0 for none")
	case strings.ContainsAny(sw.CacheControl+strings.Join(sw.Expose, ""), "\r\n"):
		return errors.New("cacheControl, expose: expected header values of one line")
	}
	if st := sw.Status; st != nil {
		if st.Code < 200 || st.Code > 599 {
			return fmt.Errorf("status.code: %d is not one from 200 to 599", st.Code)
		}
		if st.Times == 0 {
			st.Times = 1
		}
	}
	return nil
}

// Switches returns the present ones. Change them with Update.
func (s *Sandbox) Switches() Switches {
	s.mu.Lock()
	defer s.mu.Unlock()
	sw := s.switches
	if sw.Status != nil {
		status := *sw.Status
		sw.Status = &status
	}
	return sw
}

// Update changes switches: change gets the present ones, and what it leaves
// counts, unless it is refused with an error. It must not call the sandbox.
func (s *Sandbox) Update(change func(*Switches)) error {
	return s.update(func(sw *Switches) error { change(sw); return nil })
}

func (s *Sandbox) update(change func(*Switches) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	sw := s.switches
	if sw.Status != nil {
		status := *sw.Status
		sw.Status = &status
	}
	if err := change(&sw); err != nil {
		return err
	}
	if err := sw.check(); err != nil {
		return err
	}
	s.switches = sw
	return nil
}

// Reset brings every switch back to its default, and unlocks everybody who
// was locked by failures.
func (s *Sandbox) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.switches = s.defaults
	clear(s.failures)
}

// takeDrop says whether this request is one to cut.
func (s *Sandbox) takeDrop(r *http.Request) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.switches.Drop == 0 || !strings.HasPrefix(r.URL.Path, s.switches.DropPath) {
		return false
	}
	s.switches.Drop--
	return true
}

// takeStatus returns the answer that was ordered for this request, or nil.
func (s *Sandbox) takeStatus(r *http.Request) *Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.switches.Status
	if st == nil || !strings.HasPrefix(r.URL.Path, st.Path) || st.Method != "" && st.Method != r.Method {
		return nil
	}
	ordered := *st
	if st.Times > 0 {
		if st.Times--; st.Times == 0 {
			s.switches.Status = nil
		}
	}
	return &ordered
}

func (st *Status) answer(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, io.LimitReader(r.Body, maxBody))
	kind := st.ContentType
	if kind == "" {
		kind = "text/plain; charset=utf-8"
	}
	w.Header().Set("Content-Type", kind)
	for name, value := range st.Headers {
		w.Header().Set(textproto.CanonicalMIMEHeaderKey(name), value)
	}
	w.WriteHeader(st.Code)
	_, _ = io.WriteString(w, st.Body)
}

// controlRoutes are the endpoints for tests. They carry no CORS headers: a
// page cannot reach them.
func (s *Sandbox) controlRoutes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /_sandbox/control", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, s.Switches())
	})
	mux.HandleFunc("PATCH /_sandbox/control", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 16<<20))
		if err == nil {
			err = s.patch(body)
		}
		if err != nil {
			writeText(w, http.StatusBadRequest, err.Error())
			return
		}
		writeJSON(w, http.StatusOK, s.Switches())
	})
	mux.HandleFunc("DELETE /_sandbox/control", func(w http.ResponseWriter, _ *http.Request) {
		s.Reset()
		writeJSON(w, http.StatusOK, s.Switches())
	})
	mux.HandleFunc("GET /_sandbox/log", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, s.Log())
	})
	mux.HandleFunc("DELETE /_sandbox/log", func(w http.ResponseWriter, _ *http.Request) {
		s.log.clear()
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("DELETE /_sandbox/tokens", func(w http.ResponseWriter, _ *http.Request) {
		s.RevokeAll()
		w.WriteHeader(http.StatusNoContent)
	})
	return mux
}

// patch changes the switches that the JSON object names.
func (s *Sandbox) patch(body []byte) error {
	var named map[string]json.RawMessage
	if err := json.Unmarshal(body, &named); err != nil {
		return fmt.Errorf("expected a JSON object of switches: %w", err)
	}
	return s.update(func(sw *Switches) error {
		// Decoding would merge into these, and into what others still read.
		if _, ok := named["status"]; ok {
			sw.Status = nil
		}
		if _, ok := named["expose"]; ok {
			sw.Expose = nil
		}
		if _, ok := named["answer"]; ok {
			sw.Answer = nil
		}
		decoder := json.NewDecoder(bytes.NewReader(body))
		decoder.DisallowUnknownFields()
		return decoder.Decode(sw)
	})
}
