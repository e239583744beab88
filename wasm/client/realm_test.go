package client

import (
	"fmt"
	"strings"
	"testing"

	"exactlogin/wasm/exact"
	"exactlogin/wasm/session"
)

const second, minute, hour = 1000, 60 * 1000, 60 * 60 * 1000

// start is the fake realm's wall clock at the beginning.
const start = 1_700_000_000_000

// fakeRealm is a realm under the test's control. It checks what every realm may
// rely on.
type fakeRealm struct {
	t        testing.TB
	date     int64 // the wall clock
	mono     int64
	offline  bool
	asked    map[int64]Request
	order    []int64 // ids of what was sent
	aborted  []int64
	kept     int64
	wakeIn   int64 // -1 none
	heard    map[int64][]heard
	settled  map[int64]settled
	sequence int64
	log      []string // publications, settlements, keeps, sends in order
}

type heard struct {
	snapshot Snapshot
	event    string
}

type settled struct {
	snapshot Snapshot
	err      *exact.Error
}

func (r *fakeRealm) Wall() int64      { return r.date }
func (r *fakeRealm) Monotonic() int64 { return r.mono }
func (r *fakeRealm) Online() bool     { return !r.offline }

func (r *fakeRealm) Send(id int64, request Request) {
	if _, twice := r.asked[id]; twice || id <= 0 {
		r.t.Errorf("request id %d is used twice or no id", id)
	}
	if request.Timeout <= 0 || !strings.HasPrefix(request.URL, api) {
		r.t.Errorf("request %+v has no timeout, or another destination", request)
	}
	r.asked[id] = request
	r.order = append(r.order, id)
	r.log = append(r.log, "send "+request.Method+" "+strings.TrimPrefix(request.URL, api))
}

func (r *fakeRealm) Abort(id int64) {
	r.aborted = append(r.aborted, id)
	r.log = append(r.log, "abort")
}

func (r *fakeRealm) Keep(secret int64) {
	r.kept = secret
	r.log = append(r.log, fmt.Sprintf("keep %d", secret))
}

func (r *fakeRealm) Wake(ms int64) {
	if ms > session.LongestWake {
		r.t.Errorf("woken after %d ms only", ms)
	}
	r.wakeIn = ms
}

func (r *fakeRealm) Publish(connection int64, s Snapshot, event string) {
	if s.Sequence <= r.sequence {
		r.t.Errorf("sequence %d after %d", s.Sequence, r.sequence)
	}
	r.sequence = s.Sequence
	if former := r.last(connection); former != nil && s.Epoch < former.snapshot.Epoch {
		r.t.Errorf("epoch %d after %d", s.Epoch, former.snapshot.Epoch)
	}
	live := s.State == "active" || s.State == "expiring"
	if live != (s.Remaining > 0) || live != (s.Deadline > 0) || !live && (s.User != "" || s.Account != "" || s.Permissions != nil || s.CanExtend) {
		r.t.Errorf("snapshot contradicts itself: %+v", s)
	}
	r.heard[connection] = append(r.heard[connection], heard{s, event})
	r.log = append(r.log, fmt.Sprintf("publish %d %s %s", connection, s.State, event))
}

func (r *fakeRealm) Settle(call int64, s Snapshot, err *exact.Error) {
	if _, twice := r.settled[call]; twice {
		r.t.Errorf("call %d is settled twice", call)
	}
	if err != nil && (err.Code == "" || err.Message == "" || err.Phase == "") {
		r.t.Errorf("call %d is rejected without words: %+v", call, err)
	}
	r.settled[call] = settled{s, err}
	r.log = append(r.log, fmt.Sprintf("settle %d", call))
}

func (r *fakeRealm) last(connection int64) *heard {
	if all := r.heard[connection]; len(all) > 0 {
		return &all[len(all)-1]
	}
	return nil
}

const (
	api     = "https://api.exactpaysandbox.com"
	foreign = "https://evil.test"
)

// rig is a client in a fake realm.
type rig struct {
	*Client
	*fakeRealm
	calls int64
	token int64
}

func newRig(t testing.TB) *rig {
	realm := &fakeRealm{
		t: t, date: start, mono: 5, wakeIn: -1,
		asked: map[int64]Request{}, heard: map[int64][]heard{}, settled: map[int64]settled{},
	}
	return &rig{Client: New(realm), fakeRealm: realm}
}

// options are those of a page that sets nothing but what it is told.
func options(change ...func(map[string]any)) map[string]any {
	o := map[string]any{
		"api": "sandbox", "allow": []any{}, "application": "", "mode": "", "persistence": "memory", "isolation": "worker",
		"revoke": nil, "keepAlive": nil, "verify": nil, "expiry": "sliding", "lifetime": 7_200_000.0, "idleAfter": 0.0,
		"idleBackground": 0.0, "maxLifetime": 0.0, "on401": "verify", "warnBefore": 300_000.0, "whenSignedOut": "refuse",
	}
	for _, f := range change {
		f(o)
	}
	return o
}

func with(name string, value any) func(map[string]any) {
	return func(o map[string]any) { o[name] = value }
}

// request is a template as it comes over the border.
func asTemplate(method, path string) map[string]any {
	return map[string]any{"method": method, "path": path, "headers": []any{}, "body": nil}
}

func (r *rig) join(connection int64, change ...func(map[string]any)) {
	r.t.Helper()
	if problem := r.Connect(connection, options(change...)); problem != nil {
		r.t.Fatalf("connection %d is refused: %+v", connection, problem)
	}
}

// pass lets time go by, awake, with the timer firing as set.
func (r *rig) elapse(ms int64) {
	for ms > 0 {
		n := ms
		if r.wakeIn >= 0 {
			n = min(n, max(r.wakeIn, 1))
		}
		r.date += n
		r.mono += n
		ms -= n
		if r.wakeIn >= 0 {
			if r.wakeIn -= n; r.wakeIn <= 0 {
				r.wakeIn = -1
				r.Look()
			}
		}
	}
}

// pending returns the last request that was sent.
func (r *rig) pending() (id int64, request Request) {
	r.t.Helper()
	if len(r.order) == 0 {
		r.t.Fatal("nothing was sent")
	}
	id = r.order[len(r.order)-1]
	return id, r.asked[id]
}

// beginLogin calls login and returns the call.
func (r *rig) beginLogin(connection int64) (call int64) {
	r.calls++
	r.Login(r.calls, connection, "demo@exactlogin.test", r.calls)
	return r.calls
}

// accept answers a log-in for a person whose token lives for two hours.
func (r *rig) accept(id int64, user string) (secret int64) {
	r.token++
	r.Answered(id, Answer{Status: 201, Secret: r.token, JSON: map[string]any{
		"user": user, "account": "acc-" + user, "accountType": "account", "application": "shop", "mode": "test",
		"allowedPermissions": []any{"accounts.read"}, "allowedAccounts": []any{"acc-" + user},
	}})
	return r.token
}

// signIn signs a person in and fails the test if that fails.
func (r *rig) signIn(connection int64, user string) (secret int64) {
	r.t.Helper()
	call := r.beginLogin(connection)
	id, _ := r.pending()
	secret = r.accept(id, user)
	if s, ok := r.settled[call]; !ok || s.err != nil || s.snapshot.User != user || s.snapshot.State != "active" {
		r.t.Fatalf("log-in is settled with %+v", s)
	}
	return secret
}

// code is what a call was rejected with, "" if it succeeded, "pending" if it
// is not settled.
func (r *rig) code(call int64) exact.Code {
	s, ok := r.settled[call]
	switch {
	case !ok:
		return "pending"
	case s.err != nil:
		return s.err.Code
	}
	return ""
}

// events are those a page has heard since the last time it was asked.
func (r *rig) events(connection int64) string {
	var names []string
	for _, h := range r.heard[connection] {
		if h.event != "" {
			names = append(names, h.event)
		}
	}
	if last := r.last(connection); last != nil {
		r.heard[connection] = []heard{{last.snapshot, ""}}
	}
	return strings.Join(names, " ")
}
