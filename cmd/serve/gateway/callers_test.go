package gateway

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"exactlogin/cmd/serve/gateway/standin"
)

func TestCallers_onlySignedInPeoplePass(t *testing.T) {
	r, partner := suRig(t, standin.SuOptions{}, nil)
	r.api.set("locked-out", "/me", http.StatusForbidden)
	r.api.set("elsewhere", "/me", http.StatusNotFound)
	r.api.set("api-down", "/me", http.StatusServiceUnavailable)
	r.api.set("api-moved", "/me", http.StatusFound)
	for _, test := range []struct {
		authorization []string
		status        int
		code          string
	}{
		{nil, 401, "signed-out"},
		{[]string{""}, 401, "signed-out"},
		{[]string{"unknown"}, 401, "caller-refused"},
		{[]string{callerToken, "unknown"}, 401, "caller-refused"},
		{[]string{"tö"}, 401, "caller-refused"},
		{[]string{strings.Repeat("x", largestCaller+1)}, 401, "caller-refused"},
		{[]string{"Bearer " + callerToken}, 401, "caller-refused"},
		{[]string{"locked-out"}, 403, "forbidden"},
		{[]string{"elsewhere"}, 403, "forbidden"},
		{[]string{"api-down"}, 502, "caller-unchecked"},
		{[]string{"api-moved"}, 502, "caller-unchecked"},
	} {
		for _, path := range []string{"POST /gateway/su/SUAPI/jservice/Bookings", "GET /gateway/su/status", "POST /gateway/su/validate"} {
			method, path, _ := strings.Cut(path, " ")
			request := r.request(method, path, nil)
			request.Header["Authorization"] = test.authorization
			wantProblem(t, r.do(request), test.status, test.code)
		}
	}
	if len(partner.Requests()) != 0 || partner.Asked() != 0 {
		t.Errorf("the partner was asked: %d, %v", partner.Asked(), partner.Requests())
	}
}

func TestCallers_permissionIsProvedByItsRead(t *testing.T) {
	r, _ := suRig(t, standin.SuOptions{}, fields{"permission": "charges.read"})
	wantStatus(t, r.call("POST", "/gateway/su/SUAPI/jservice/Bookings", "{}"), 200)

	// Exact answers 401 for a missing permission too: the session is not in question then.
	for _, status := range []int{401, 403, 404} {
		r, _ := suRig(t, standin.SuOptions{}, fields{"permission": "charges.read"})
		r.api.set(callerToken, "/payments", status)
		wantProblem(t, r.call("POST", "/gateway/su/SUAPI/jservice/Bookings", "{}"), 403, "forbidden")
		if want := []string{"/me", "/payments"}; !slices.Equal(r.api.asked, want) {
			t.Errorf("asked %v, want %v", r.api.asked, want)
		}
	}
}

func TestCallers_areRememberedBriefly(t *testing.T) {
	r, _ := suRig(t, standin.SuOptions{}, nil)
	bookings := func() outcome { return r.call("POST", "/gateway/su/SUAPI/jservice/Bookings", "{}") }
	wantStatus(t, bookings(), 200)
	wantStatus(t, bookings(), 200)
	if r.api.count() != 1 {
		t.Errorf("asked %d times, want once", r.api.count())
	}
	r.api.set(callerToken, "/me", 401)
	r.clock.move(defaultRemember - time.Millisecond)
	wantStatus(t, bookings(), 200)
	r.clock.move(time.Millisecond)
	wantProblem(t, bookings(), 401, "caller-refused")
	r.api.set(callerToken, "/me", 200)
	wantProblem(t, bookings(), 401, "caller-refused")
	r.clock.move(rememberRefusal)
	wantStatus(t, bookings(), 200)

	// What is no answer to the question is not remembered.
	r.clock.move(defaultRemember)
	r.api.set(callerToken, "/me", 500)
	wantProblem(t, bookings(), 502, "caller-unchecked")
	r.api.set(callerToken, "/me", 200)
	wantStatus(t, bookings(), 200)
}

func TestCallers_manyAtOnceAskOnce(t *testing.T) {
	arrived, open := make(chan struct{}, 100), make(chan struct{})
	api := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		arrived <- struct{}{}
		<-open
	}))
	defer api.Close()
	r, _ := suRig(t, standin.SuOptions{}, nil)
	config := r.gateway.checker.config
	config.API = mustURL(t, api.URL)
	c := newChecker(config, http.DefaultClient, r.clock.Now)
	var callers sync.WaitGroup
	request := r.request("GET", "/", nil)
	for range 50 {
		callers.Go(func() {
			if err := c.check(request, ""); err != nil {
				t.Error(err)
			}
		})
	}
	<-arrived
	close(open)
	callers.Wait()
	if more := len(arrived); more != 0 {
		t.Errorf("asked %d times more than once", more)
	}
}

func TestCallers_theMemoryHasALimit(t *testing.T) {
	c := newChecker(Callers{Remember: time.Minute}, nil, newClock().Now)
	for i := range 3 * mostCallers {
		c.remember(string(rune(i)), 200)
	}
	if len(c.known) > mostCallers {
		t.Errorf("%d are remembered", len(c.known))
	}
}

func TestCallers_tokensAreNotKept(t *testing.T) {
	r, _ := suRig(t, standin.SuOptions{}, nil)
	wantStatus(t, r.call("POST", "/gateway/su/SUAPI/jservice/Bookings", "{}"), 200)
	r.gateway.checker.mu.Lock()
	defer r.gateway.checker.mu.Unlock()
	if len(r.gateway.checker.known) != 1 {
		t.Fatalf("%d are remembered, want 1", len(r.gateway.checker.known))
	}
	for key := range r.gateway.checker.known {
		if strings.Contains(key, callerToken) {
			t.Error("the token itself is kept")
		}
	}
}
