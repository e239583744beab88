package client

import (
	"reflect"
	"strings"
	"testing"

	"exactlogin/wasm/exact"
)

func TestConnect_firstSnapshotComesAtOnce(t *testing.T) {
	r := newRig(t)
	r.join(1)
	want := []heard{{Snapshot{State: "signed-out", Sequence: 1}, ""}}
	if got := r.heard[1]; !reflect.DeepEqual(got, want) {
		t.Errorf("told %+v, want %+v", got, want)
	}
}

func TestA1_loginIsOneRequest(t *testing.T) {
	r := newRig(t)
	r.join(1, with("application", "shop"), with("mode", "test"))
	call := r.beginLogin(1)
	_, got := r.pending()
	body := `{"email":"demo@exactlogin.test","application":"shop","mode":"test"}`
	want := Request{
		Method: "POST", URL: api + "/token", Timeout: 15_000, Body: &body, Password: call, TakeToken: true,
		Headers: [][2]string{{"Content-Type", "application/json"}, {"Accept", "application/json"}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("sent %+v with %s\nwant %+v", got, *got.Body, want)
	}
	r.elapse(3 * hour)
	if len(r.order) != 1 {
		t.Errorf("%d requests, want one, never retried", len(r.order))
	}
}

func TestA1_secondLoginIsRefusedInAnyTab(t *testing.T) {
	r := newRig(t)
	r.join(1)
	r.join(2)
	first := r.beginLogin(1)
	id, _ := r.pending()
	for _, connection := range []int64{1, 2} {
		if call := r.beginLogin(connection); r.code(call) != exact.InProgress {
			t.Errorf("a second log-in from connection %d: %q, want in-progress", connection, r.code(call))
		}
	}
	if len(r.order) != 1 {
		t.Errorf("%d requests, want one", len(r.order))
	}
	r.accept(id, "ann")
	if r.code(first) != "" {
		t.Errorf("the first log-in: %q, want success", r.code(first))
	}
}

func TestA2_loginErrors(t *testing.T) {
	for _, test := range []struct {
		answer Answer
		want   exact.Code
	}{
		{Answer{Status: 400, JSON: map[string]any{"issues": []any{map[string]any{"code": "x", "message": "m"}}}}, exact.InvalidRequest},
		{Answer{Status: 401}, exact.InvalidCredentials},
		{Answer{Status: 404, JSON: "nobody"}, exact.InvalidCredentials},
		{Answer{Status: 403}, exact.PasswordExpired},
		{Answer{Status: 423}, exact.Locked},
		{Answer{Status: 429, RetryAfter: "7"}, exact.RateLimited},
		{Answer{Status: 503, Date: start, RetryAfter: "Tue, 14 Nov 2023 22:14:20 GMT"}, exact.Unavailable},
		{Answer{Status: 200}, exact.MalformedResponse},
		{Answer{Status: 201, JSON: []any{}}, exact.MalformedResponse},
		{Answer{Failure: "network"}, exact.Network},
		{Answer{Failure: "network", Offline: true}, exact.Network},
		{Answer{Failure: "timeout"}, exact.Timeout},
		{Answer{Failure: "aborted"}, exact.Network},
		{Answer{}, exact.Network},
	} {
		r := newRig(t)
		r.join(1)
		call := r.beginLogin(1)
		id, _ := r.pending()
		r.Answered(id, test.answer)
		err := r.settled[call].err
		if err == nil || err.Code != test.want || err.Phase != "login" || err.Status != test.answer.Status || err.Offline != test.answer.Offline {
			t.Errorf("answer %+v: %+v, want %s", test.answer, err, test.want)
			continue
		}
		if test.want == exact.InvalidRequest && len(err.Issues) != 1 {
			t.Errorf("issues are lost: %+v", err)
		}
		if test.answer.Status == 429 && err.RetryAfter != 7000 || test.answer.Status == 503 && err.RetryAfter != 60_000 {
			t.Errorf("Retry-After %q is read as %d ms", test.answer.RetryAfter, err.RetryAfter)
		}
		if got := r.events(1); got != "" || r.Snapshot(1).State != "signed-out" {
			t.Errorf("a failed log-in changes the session: events %q", got)
		}
		if call := r.beginLogin(1); r.code(call) != "pending" {
			t.Errorf("the next log-in after %s: %q", test.want, r.code(call))
		}
	}
}

func TestLogin_emptyAndHugeNeverTravel(t *testing.T) {
	r := newRig(t)
	r.join(1)
	for i, email := range []string{"", strings.Repeat("x", 1<<20)} {
		r.Login(int64(i+1), 1, email, 1)
		if r.code(int64(i+1)) != exact.InvalidRequest {
			t.Errorf("e-mail of %d bytes: %q", len(email), r.code(int64(i+1)))
		}
	}
	r.Login(9, 77, "demo@exactlogin.test", 1)
	if r.code(9) != exact.Disposed {
		t.Errorf("log-in of a page that is not connected: %q", r.code(9))
	}
	if len(r.order) != 0 {
		t.Errorf("%d requests", len(r.order))
	}
}

// A page that only happened to look when time was up did not end the session.
func TestV1_timeIsNobodysDoing(t *testing.T) {
	for name, act := range map[string]func(r *rig){
		"presence": func(r *rig) { r.Present(1) },
		"extend":   func(r *rig) { r.Extend(100, 1) },
		"log-out":  func(r *rig) { r.Logout(100, 1) },
	} {
		r := newRig(t)
		r.join(1)
		r.signIn(1, "ann")
		r.date += 3 * hour
		act(r)
		if s := r.last(1).snapshot; s.Reason != "expired" || s.Cause != 0 {
			t.Errorf("%s after the deadline: told %+v", name, s)
		}
	}
}

func TestV1_pagesHearOfALogoutBeforeTheLoginItCutOffRejects(t *testing.T) {
	r := newRig(t)
	r.join(1)
	r.signIn(1, "ann")
	r.beginLogin(1)
	r.log = nil
	r.Logout(100, 1)
	want := []string{"abort", "keep 0", "publish 1 signed-out change", "settle 2", "settle 100"}
	if !reflect.DeepEqual(r.log, want) {
		t.Errorf("order:\n%s\nwant:\n%s", strings.Join(r.log, "\n"), strings.Join(want, "\n"))
	}
}

// State first: tokens, then every page, then whoever asked.
func TestV1_orderOfALogin(t *testing.T) {
	r := newRig(t)
	r.join(1)
	r.join(2)
	r.log = nil
	r.signIn(1, "ann")
	want := []string{"send POST /token", "keep 1", "publish 1 active change", "publish 2 active change", "settle 1"}
	if !reflect.DeepEqual(r.log, want) {
		t.Errorf("order:\n%s\nwant:\n%s", strings.Join(r.log, "\n"), strings.Join(want, "\n"))
	}
	for _, connection := range []int64{1, 2} {
		if s := r.last(connection).snapshot; s.Cause != 1 || s.User != "ann" || s.Account != "acc-ann" || s.Mode != "test" || !reflect.DeepEqual(s.Permissions, []string{"accounts.read"}) {
			t.Errorf("connection %d is told %+v", connection, s)
		}
	}
}

func TestSnapshot_deadlineIsWallTime(t *testing.T) {
	r := newRig(t)
	r.join(1)
	r.signIn(1, "ann")
	s := r.Snapshot(1)
	if s.Deadline != start+s.Remaining || s.Remaining != 2*hour-5*second {
		t.Errorf("deadline %d ms after the start, remaining %d ms, want two hours less 5 s", s.Deadline-start, s.Remaining)
	}
	r.events(1)
	r.date += 90 * minute // sleep: the monotonic clock stood still
	if s := r.Snapshot(1); s.Deadline != start+2*hour-5*second || s.Remaining != 30*minute-5*second {
		t.Errorf("after 90 minutes: deadline %d ms after the start, remaining %d ms", s.Deadline-start, s.Remaining)
	}
	r.date -= 3 * hour
	r.Look()
	if s := r.last(1).snapshot; s.Remaining != 30*minute-5*second || s.Deadline != r.date+s.Remaining {
		t.Errorf("clock set back: deadline %d ms from now, remaining %d ms, want it told anew", s.Deadline-r.date, s.Remaining)
	}
	if got := r.events(1); got != "" {
		t.Errorf("events %q for a clock that was set", got)
	}
}

func TestA4_lateAnswersAreDropped(t *testing.T) {
	for name, test := range map[string]struct {
		end  func(r *rig, call int64)
		code exact.Code
	}{
		"logout":                 {func(r *rig, _ int64) { r.Logout(100, 1) }, exact.SignedOut},
		"logout in another tab":  {func(r *rig, _ int64) { r.Logout(100, 2) }, exact.SignedOut},
		"cancel":                 {func(r *rig, call int64) { r.Cancel(call) }, exact.Aborted},
		"dispose":                {func(r *rig, _ int64) { r.Disconnect(1) }, exact.Aborted},
		"update":                 {func(r *rig, _ int64) { r.End("updated") }, exact.SignedOut},
		"the last tab is closed": {func(r *rig, _ int64) { r.End("last-tab-closed") }, exact.SignedOut},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.join(1)
			r.join(2)
			call := r.beginLogin(1)
			id, _ := r.pending()
			test.end(r, call)
			if r.code(call) != test.code {
				t.Errorf("log-in: %q, want %q", r.code(call), test.code)
			}
			if !reflect.DeepEqual(r.aborted, []int64{id}) {
				t.Errorf("aborted %v, want the log-in %d", r.aborted, id)
			}
			r.kept = 99
			secret := r.accept(id, "ann")
			if s := r.Snapshot(2); s.State != "signed-out" || r.kept != 0 {
				t.Errorf("a late answer signs in: %+v, token %d of %d kept", s, r.kept, secret)
			}
			if next := r.beginLogin(2); r.code(next) != "pending" {
				t.Errorf("the next log-in: %q", r.code(next))
			}
		})
	}
}

func TestA5_loginOverALiveSession(t *testing.T) {
	r := newRig(t)
	r.join(1)
	r.join(2)
	first := r.signIn(1, "ann")
	r.events(2)
	again := r.signIn(1, "ann")
	if got := r.events(2); got != "change" {
		t.Errorf("the same person again: events %q, want one change", got)
	}
	if p := r.Pass(api, "GET", false); p.Secret != again || again == first || !p.Cacheable {
		t.Errorf("the next request: %+v, want the new token %d", p, again)
	}
	r.log = nil
	other := r.signIn(2, "bob")
	want := []string{
		"send POST /token", "publish 1 signed-out change", "publish 2 signed-out change", "keep 3",
		"publish 1 active change", "publish 2 active change", "settle 3",
	}
	if !reflect.DeepEqual(r.log, want) {
		t.Errorf("order:\n%s\nwant:\n%s", strings.Join(r.log, "\n"), strings.Join(want, "\n"))
	}
	all := r.heard[1]
	between, after := all[len(all)-2].snapshot, all[len(all)-1].snapshot
	if between.Reason != "user-changed" || between.User != "" || between.Cause != 2 || after.Epoch != between.Epoch+1 || after.User != "bob" {
		t.Errorf("told %+v, then %+v", between, after)
	}
	if p := r.Pass(api, "GET", false); p.Secret != other || p.Cacheable {
		t.Errorf("the next request: %+v, want token %d, and nothing cached", p, other)
	}
}

func TestA5_aWarningDoesNotPassToTheNextPerson(t *testing.T) {
	r := newRig(t)
	r.join(1)
	r.signIn(1, "ann")
	r.elapse(2*hour - 2*minute)
	if got := r.events(1); got != "change change expiring" {
		t.Fatalf("events %q", got)
	}
	r.signIn(1, "bob")
	if got := r.events(1); got != "change change" {
		t.Errorf("events %q, want no extension of what was another person's", got)
	}
}

func TestF5_passRefusesWithoutASession(t *testing.T) {
	r := newRig(t)
	r.join(1, with("allow", []any{"https://gateway.test"}))
	if p := r.Pass(api, "GET", false); p.Refuse != exact.SignedOut || p.Secret != 0 {
		t.Errorf("signed out: %+v", p)
	}
	secret := r.signIn(1, "ann")
	for _, origin := range []string{api, "https://gateway.test"} {
		if p := r.Pass(origin, "GET", false); p.Secret != secret || p.Refuse != "" || p.Epoch != r.last(1).snapshot.Epoch {
			t.Errorf("%s: %+v", origin, p)
		}
	}
	for _, origin := range []string{"", "null", foreign, api + "/", api + ".", "http://api.exactpaysandbox.com", "https://API.exactpaysandbox.com", api + ":443", "https://gateway.test:8443"} {
		if p := r.Pass(origin, "GET", false); p.Secret != 0 || p.Refuse != exact.Forbidden {
			t.Errorf("%q: %+v, want no token", origin, p)
		}
	}
	r.Logout(100, 1)
	if p := r.Pass(api, "GET", false); p.Refuse != exact.SignedOut || p.Secret != 0 {
		t.Errorf("after log-out: %+v", p)
	}
}

func TestF7_backgroundIsRefusedWhileThePersonIsIdle(t *testing.T) {
	r := newRig(t)
	r.join(1, with("idleBackground", float64(minute)))
	r.signIn(1, "ann")
	r.elapse(minute + 1)
	if p := r.Pass(api, "GET", true); p.Refuse != exact.Idle || p.Secret != 0 {
		t.Errorf("background: %+v", p)
	}
	if p := r.Pass(api, "GET", false); p.Refuse != "" {
		t.Errorf("foreground: %+v", p)
	}
	r.Present(1)
	if p := r.Pass(api, "GET", true); p.Refuse != "" {
		t.Errorf("background, the person being back: %+v", p)
	}
}

func TestE3_afterSleepThePassIsRefusedAndPagesHearExpiredAlone(t *testing.T) {
	r := newRig(t)
	r.join(1)
	r.signIn(1, "ann")
	r.events(1)
	r.date += 3 * hour // no timer, no monotonic clock
	if p := r.Pass(api, "GET", false); p.Refuse != exact.SessionExpired || p.Secret != 0 {
		t.Errorf("after sleep: %+v", p)
	}
	if got := r.events(1); got != "change expired" {
		t.Errorf("events %q, want the end and no stale warning", got)
	}
	if s := r.last(1).snapshot; s.State != "expired" || s.Reason != "expired" || s.Cause != 0 || r.kept != 0 {
		t.Errorf("told %+v, token %d kept", s, r.kept)
	}
}

func TestE2_acceptedCallsSlideTheDeadlineOfEveryPage(t *testing.T) {
	r := newRig(t)
	r.join(1)
	r.join(2)
	secret := r.signIn(1, "ann")
	r.elapse(hour)
	r.events(2)
	p := r.Pass(api, "GET", false)
	r.elapse(second)
	r.Observed(p.Epoch, secret, p.Start, 200, true)
	if s := r.last(2).snapshot; s.Remaining != 2*hour-6*second || r.events(2) != "" {
		t.Errorf("told %+v, want the deadline moved to the start of the request, and no event", s)
	}
	count := len(r.heard[2])
	for range 100 {
		p := r.Pass(api, "GET", false)
		r.elapse(5)
		r.Observed(p.Epoch, secret, p.Start, 200, true)
	}
	if got := len(r.heard[2]) - count; got > 1 {
		t.Errorf("%d messages for half a second's requests", got)
	}
	r.elapse(31 * second)
	s := r.last(2).snapshot
	if want := r.Snapshot(2); s.Deadline != want.Deadline {
		t.Errorf("the last deadline told is %d ms off", want.Deadline-s.Deadline)
	}
}

func TestE5_warningsAreEachPagesOwn(t *testing.T) {
	r := newRig(t)
	r.join(1, with("warnBefore", float64(10*minute)))
	r.join(2, with("warnBefore", float64(2*minute)))
	r.join(3, with("warnBefore", 0.0))
	secret := r.signIn(1, "ann")
	for _, c := range []int64{1, 2, 3} {
		r.events(c)
	}
	r.elapse(2*hour - 5*minute)
	for c, want := range map[int64]string{1: "change expiring", 2: "", 3: ""} {
		if got := r.events(c); got != want {
			t.Errorf("5 minutes ahead connection %d hears %q, want %q", c, got, want)
		}
	}
	r.join(4, with("warnBefore", float64(10*minute)))
	if got := r.events(4); got != "expiring" {
		t.Errorf("a page that comes during the warning hears %q", got)
	}
	p := r.Pass(api, "GET", false)
	r.Observed(p.Epoch, secret, p.Start, 204, true)
	for c, want := range map[int64]string{1: "change extended", 2: "", 3: "", 4: "change extended"} {
		if got := r.events(c); got != want {
			t.Errorf("after an accepted call connection %d hears %q, want %q", c, got, want)
		}
	}
	r.elapse(2 * hour)
	for c, want := range map[int64]string{1: "change expiring change expired", 2: "change expiring change expired", 3: "change expired"} {
		if got := r.events(c); got != want {
			t.Errorf("at the end connection %d hears %q, want %q", c, got, want)
		}
	}
}

func TestE6_extendIsOneRequestForAllWhoAsk(t *testing.T) {
	r := newRig(t)
	keep := with("keepAlive", asTemplate("", "/account/{account}"))
	r.join(1, keep)
	r.join(2, keep)
	secret := r.signIn(1, "ann")
	if s := r.last(2).snapshot; !s.CanExtend {
		t.Fatalf("told %+v, want canExtend", s)
	}
	r.elapse(hour)
	r.Extend(101, 1)
	id, request := r.pending()
	r.Extend(102, 2)
	if len(r.order) != 2 || request.Method != "GET" || request.URL != api+"/account/acc-ann" || request.Authorize != secret || request.Body != nil {
		t.Errorf("sent %d requests, the last %+v", len(r.order), request)
	}
	r.Answered(id, Answer{Status: 200})
	for _, call := range []int64{101, 102} {
		if s := r.settled[call]; r.code(call) != "" || s.snapshot.Remaining != 2*hour-5*second {
			t.Errorf("call %d: %q, %+v", call, r.code(call), s.snapshot)
		}
	}
}

func TestE6_extendThatFails(t *testing.T) {
	for _, test := range []struct {
		answer Answer
		want   exact.Code
	}{
		{Answer{Failure: "network", Offline: true}, exact.Network},
		{Answer{Failure: "timeout"}, exact.Timeout},
		{Answer{Status: 503}, exact.Unavailable},
		{Answer{Status: 429, RetryAfter: "3"}, exact.RateLimited},
		{Answer{Status: 403}, exact.ExtendUnavailable},
		{Answer{Status: 404}, exact.ExtendUnavailable},
	} {
		r := newRig(t)
		r.join(1, with("keepAlive", asTemplate("PUT", "/token")))
		r.signIn(1, "ann")
		r.Extend(101, 1)
		id, _ := r.pending()
		r.Answered(id, test.answer)
		if err := r.settled[101].err; err == nil || err.Code != test.want || err.Phase != "extend" || err.Status != test.answer.Status {
			t.Errorf("%+v: %+v, want %s", test.answer, err, test.want)
		}
		if s := r.Snapshot(1); s.State != "active" {
			t.Errorf("%+v ends the session: %+v", test.answer, s)
		}
	}
}

func TestE6_extendWithoutKeepAliveOrSession(t *testing.T) {
	r := newRig(t)
	r.join(1)
	r.Extend(101, 1)
	if r.code(101) != exact.SignedOut {
		t.Errorf("signed out: %q", r.code(101))
	}
	r.signIn(1, "ann")
	r.Extend(102, 1)
	if r.code(102) != exact.ExtendUnavailable || r.last(1).snapshot.CanExtend {
		t.Errorf("no keepAlive: %q", r.code(102))
	}
	r.date += 3 * hour
	r.Extend(103, 1)
	if r.code(103) != exact.SessionExpired {
		t.Errorf("expired: %q", r.code(103))
	}

	r = newRig(t)
	r.join(1, with("keepAlive", asTemplate("", "/account/{account}")))
	r.beginLogin(1)
	id, _ := r.pending()
	r.Answered(id, Answer{Status: 201, Secret: 7, JSON: map[string]any{"user": "ann"}})
	r.Extend(101, 1)
	if r.code(101) != exact.ExtendUnavailable || r.last(1).snapshot.CanExtend || len(r.order) != 1 {
		t.Errorf("no account to fill in: %q, %d requests", r.code(101), len(r.order))
	}
}

func TestE6_logoutSettlesAnExtension(t *testing.T) {
	r := newRig(t)
	r.join(1, with("keepAlive", asTemplate("PUT", "/token")))
	r.signIn(1, "ann")
	r.Extend(101, 1)
	id, _ := r.pending()
	r.Logout(102, 1)
	if r.code(101) != exact.SignedOut || r.code(102) != "" {
		t.Errorf("extend: %q, logout: %q", r.code(101), r.code(102))
	}
	if !reflect.DeepEqual(r.aborted, []int64{id}) {
		t.Errorf("aborted %v, want the keep-alive %d", r.aborted, id)
	}
	r.Answered(id, Answer{Status: 200})
	if s := r.Snapshot(1); s.State != "signed-out" {
		t.Errorf("the late answer brings back %+v", s)
	}
}

func TestF6_fifty401sAreOneEventAndOneVerify(t *testing.T) {
	r := newRig(t)
	r.join(1, with("verify", asTemplate("", "/account/{account}")))
	r.join(2, with("verify", asTemplate("", "/account/{account}")))
	secret := r.signIn(1, "ann")
	r.events(1)
	r.events(2)
	p := r.Pass(api, "GET", false)
	r.elapse(20)
	for range 50 {
		r.Observed(p.Epoch, secret, p.Start, 401, true)
	}
	for _, c := range []int64{1, 2} {
		if s := r.last(c).snapshot; !s.Suspect || s.State != "active" || s.Cause != 0 {
			t.Errorf("told %+v, want a suspicion that is nobody's doing", s)
		}
		if got := r.events(c); got != "change unauthorized" {
			t.Errorf("connection %d hears %q", c, got)
		}
	}
	id, request := r.pending()
	if len(r.order) != 2 || request.URL != api+"/account/acc-ann" || request.Authorize != secret {
		t.Fatalf("sent %d requests, the last %+v", len(r.order), request)
	}
	r.elapse(20)
	r.Answered(id, Answer{Status: 200})
	if s := r.last(1).snapshot; s.Suspect || s.State != "active" || r.events(1) != "change" {
		t.Errorf("verified, yet %+v", s)
	}
	p = r.Pass(api, "GET", false)
	r.elapse(20)
	r.Observed(p.Epoch, secret, p.Start, 401, true)
	r.elapse(minute)
	id, _ = r.pending()
	r.Answered(id, Answer{Status: 401})
	if s := r.last(1).snapshot; s.State != "expired" || s.Reason != "rejected" || r.kept != 0 {
		t.Errorf("the server rejects the token, yet %+v", s)
	}
	r.Observed(p.Epoch, secret, p.Start, 200, true)
	if s := r.Snapshot(1); s.State != "expired" {
		t.Errorf("a late answer brings back %+v", s)
	}
}

func TestE7_idleEndsTheSession(t *testing.T) {
	r := newRig(t)
	r.join(1, with("idleAfter", float64(15*minute)))
	secret := r.signIn(1, "ann")
	r.elapse(14 * minute)
	r.Present(1)
	r.elapse(14 * minute)
	p := r.Pass(api, "GET", false)
	r.Observed(p.Epoch, secret, p.Start, 200, true) // holding a token is no presence
	r.elapse(2 * minute)
	if s := r.last(1).snapshot; s.State != "expired" || s.Reason != "idle" || s.Cause != 0 {
		t.Errorf("told %+v", s)
	}
	if p := r.Pass(api, "GET", false); p.Refuse != exact.Idle {
		t.Errorf("pass: %+v", p)
	}
}

func TestO1_logoutForgetsFirst(t *testing.T) {
	r := newRig(t)
	revoke := with("revoke", asTemplate("DELETE", "/token"))
	r.join(1, revoke)
	r.join(2, revoke)
	secret := r.signIn(1, "ann")
	r.offline = true
	r.log = nil
	r.Logout(100, 1)
	want := []string{"send DELETE /token", "keep 0", "publish 1 signed-out change", "publish 2 signed-out change", "settle 100"}
	if !reflect.DeepEqual(r.log, want) {
		t.Errorf("order:\n%s\nwant:\n%s", strings.Join(r.log, "\n"), strings.Join(want, "\n"))
	}
	if !reflect.DeepEqual(r.facts, exact.UserToken{}) {
		t.Errorf("still known: %+v", r.facts)
	}
	id, request := r.pending()
	if request.Authorize != secret || !request.KeepAlive {
		t.Errorf("revoke is %+v", request)
	}
	if s := r.last(2).snapshot; s.Cause != 1 || s.Reason != "logout" {
		t.Errorf("told %+v", s)
	}
	r.Answered(id, Answer{Failure: "network", Offline: true})
	r.Logout(101, 2)
	if r.code(100) != "" || r.code(101) != "" || len(r.order) != 2 {
		t.Errorf("logout: %q, again: %q, %d requests", r.code(100), r.code(101), len(r.order))
	}
	if r.wakeIn >= 0 {
		t.Errorf("a timer is set while signed out: %d ms", r.wakeIn)
	}
}

func TestEnd_takesKnownReasonsOnly(t *testing.T) {
	r := newRig(t)
	r.join(1)
	r.signIn(1, "ann")
	for _, reason := range []string{"", "logout", "expired", "nonsense"} {
		r.End(reason)
		if s := r.Snapshot(1); s.State != "active" {
			t.Fatalf("End(%q) ends the session", reason)
		}
	}
	r.End("updated")
	if s := r.last(1).snapshot; s.State != "signed-out" || s.Reason != "updated" || s.Cause != 0 {
		t.Errorf("told %+v", s)
	}
}

func TestPublish_onlyOnChange(t *testing.T) {
	r := newRig(t)
	r.join(1)
	r.signIn(1, "ann")
	count := len(r.heard[1])
	for range 10 {
		r.Look()
		r.Present(1)
		r.elapse(minute)
	}
	if got := len(r.heard[1]) - count; got != 0 {
		t.Errorf("%d messages though nothing changed", got)
	}
	r.Disconnect(1)
	r.Logout(100, 2)
	if got := len(r.heard[1]) - count; got != 0 {
		t.Errorf("%d messages to a page that is gone", got)
	}
}
