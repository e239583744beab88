package session

import (
	"fmt"
	"reflect"
	"testing"
)

// player plays events to a machine by hand.
type player struct {
	t   *testing.T
	m   Machine
	now int64
}

// at steps at now and expects exactly these effects.
func (p *player) at(now int64, e Event, want ...Effect) {
	p.t.Helper()
	p.now = now
	m, got := p.m.Step(now, e)
	if p.m = m; fmt.Sprintf("%T%+v", got, got) != fmt.Sprintf("%T%+v", want, want) || !reflect.DeepEqual(got, want) {
		p.t.Fatalf("%T%+v at %d:\n got %T%+v\nwant %T%+v", e, e, now, got, got, want, want)
	}
}

// step steps, whatever comes of it.
func (p *player) step(now int64, e Event) { p.now = now; p.m, _ = p.m.Step(now, e) }

func (p *player) state(want State, reason Reason) {
	p.t.Helper()
	if v := p.m.View(p.now, 5*minute); v.State != want || v.Reason != reason {
		p.t.Fatalf("state %s, reason %q at %d, want %s, %q", v.State, v.Reason, p.now, want, reason)
	}
}

func (p *player) refused(background bool, want string) {
	p.t.Helper()
	got := p.m.Decide(p.now, background)
	if got.Refuse != want || (got.Secret == 0) != (want != "") {
		p.t.Fatalf("decided %+v at %d, want refusal %q", got, p.now, want)
	}
}

// signedIn is a session of user "ada" with token 1 and epoch 1, begun at 0.
func signedIn(t *testing.T, policy Policy) *player {
	t.Helper()
	p := &player{t: t}
	p.at(0, Configured{policy})
	p.at(0, LoginStarted{Attempt: 1, Wall: 1e12}, SendLogin{1})
	p.at(0, LoginAnswered{Attempt: 1, Secret: 1, User: "ada"}, Keep{1}, Began{Attempt: 1, Epoch: 1})
	return p
}

func accept(start int64) Observed { return Observed{1, 1, start, 200, true} }
func refuse(start int64) Observed { return Observed{1, 1, start, 401, true} }

func TestE1_zeroMachineIsSignedOut(t *testing.T) {
	p := &player{t: t}
	p.state(SignedOut, "")
	p.refused(false, CodeSignedOut)
	for _, e := range []Event{
		Look{}, Present{}, LoginFailed{}, LoginFailed{1}, LoginCanceled{}, LoginCanceled{1}, RestoreFailed{},
		accept(0), refuse(0), Observed{Status: 200, Slides: true}, KeepAliveAnswered{}, VerifyAnswered{}, VerifyAnswered{1, 401},
	} {
		p.at(0, e)
	}
	p.at(0, Extend{}, ExtendSettled{Outcome: Over})
	p.at(0, LoginAnswered{Attempt: 0, Secret: 7}, Keep{0})
	p.at(0, Restored{Secret: 7}, Keep{0})
	if p.m != (Machine{}) {
		t.Errorf("what concerns nobody left something behind: %+v", p.m)
	}
	if w := p.m.NextWake(0, 5*minute); w != -1 {
		t.Errorf("a timer of %d ms while signed out", w)
	}
}

func TestE1_states(t *testing.T) {
	p := signedIn(t, Policy{})
	for _, c := range []struct {
		now  int64
		want State
	}{
		{0, Active},
		{2*hour - 5*minute - Grace - 1, Active},
		{2*hour - 5*minute - Grace, Expiring},
		{2*hour - Grace - 1, Expiring},
		{2*hour - Grace, Expired},
		{3 * day, Expired},
	} {
		v := p.m.View(c.now, 5*minute)
		if v.State != c.want || v.Live() != (c.want != Expired) || v.Live() != (v.Remaining > 0) || v.Live() != (v.Secret == 1) {
			t.Errorf("at %d: %+v, want %s", c.now, v, c.want)
		}
	}
	p.at(2*hour, Look{}, Ended{Reason: ReasonExpired, Epoch: 1, Secret: 1}, Keep{0})
	p.state(Expired, ReasonExpired)
	p.at(2*hour, End{ReasonLogout}, Keep{0})
	p.state(SignedOut, ReasonExpired) // dismissed; the session had its one reason
}

func TestV1_reasons(t *testing.T) {
	for _, c := range []struct {
		reason Reason
		state  State
		code   string
	}{
		{"", SignedOut, CodeSignedOut},
		{ReasonLogout, SignedOut, CodeSignedOut},
		{ReasonIdle, Expired, CodeIdle},
		{ReasonMaxLifetime, Expired, CodeSessionExpired},
		{ReasonExpired, Expired, CodeSessionExpired},
		{ReasonRejected, Expired, CodeSessionExpired},
		{ReasonUserChanged, SignedOut, CodeUserChanged},
		{ReasonUpdated, SignedOut, CodeSignedOut},
		{ReasonLastTabClosed, SignedOut, CodeSignedOut},
		{ReasonWorkerCrashed, SignedOut, CodeSignedOut},
	} {
		if s, code := c.reason.State(), c.reason.Code(); s != c.state || code != c.code {
			t.Errorf("%q shows as %s with code %s, want %s, %s", c.reason, s, code, c.state, c.code)
		}
		if c.reason == "" || c.state == Expired || c.reason == ReasonUserChanged {
			continue
		}
		p := signedIn(t, Policy{})
		p.at(1, End{c.reason}, Ended{Reason: c.reason, Epoch: 1, Secret: 1, Revoke: true}, Keep{0})
		p.state(c.state, c.reason)
		p.refused(false, c.code)
	}
}

func TestV1_crashOfTheFormerProgram(t *testing.T) {
	p := &player{t: t}
	p.at(0, End{ReasonWorkerCrashed}, Keep{0})
	p.state(SignedOut, ReasonWorkerCrashed)
}

func TestA1_oneLoginAtATime(t *testing.T) {
	p := &player{t: t}
	p.at(0, LoginStarted{Attempt: 1}, SendLogin{1})
	p.at(1, LoginStarted{Attempt: 2}, LoginRefused{2})
	p.at(2, LoginFailed{1}, LoginDone{1})
	p.at(3, LoginStarted{Attempt: 3}, SendLogin{3})
	p.at(4, LoginAnswered{Attempt: 3}, LoginDone{3}) // no usable token
	p.at(5, LoginStarted{Attempt: 0}, LoginRefused{0})
	p.state(SignedOut, "")
}

func TestA4_lateAnswersAreDropped(t *testing.T) {
	for name, c := range map[string]struct {
		end  Event
		want []Effect
	}{
		"logout":       {End{ReasonLogout}, []Effect{LoginAborted{1, ReasonLogout}, Keep{0}}},
		"last dispose": {End{ReasonLastTabClosed}, []Effect{LoginAborted{1, ReasonLastTabClosed}, Keep{0}}},
		"abort":        {LoginCanceled{1}, []Effect{LoginAborted{1, ""}}},
	} {
		t.Run(name, func(t *testing.T) {
			p := &player{t: t}
			p.at(0, LoginStarted{Attempt: 1}, SendLogin{1})
			p.at(1, c.end, c.want...)
			p.at(2, LoginAnswered{Attempt: 1, Secret: 1, User: "ada"}, Keep{0})
			p.state(SignedOut, "")
			// An answer to a former attempt is none to the next.
			p.at(3, LoginStarted{Attempt: 2}, SendLogin{2})
			p.at(4, LoginAnswered{Attempt: 1, Secret: 1, User: "ada"}, Keep{0})
			p.at(5, LoginFailed{1})
			p.at(6, LoginAnswered{Attempt: 2, Secret: 2, User: "ada"}, Keep{2}, Began{Attempt: 2, Epoch: 1})
		})
	}
}

func TestA5_loginOverALiveSession(t *testing.T) {
	for _, c := range []struct {
		user string
		want []Effect
	}{
		{"ada", []Effect{Keep{2}, Began{2, 2, true}}},
		{"grace", []Effect{Ended{ReasonUserChanged, 1, 1, true}, Keep{2}, Began{2, 3, false}}},
		{"", []Effect{Ended{ReasonUserChanged, 1, 1, true}, Keep{2}, Began{2, 3, false}}},
	} {
		p := signedIn(t, Policy{})
		p.at(hour, LoginStarted{Attempt: 2}, SendLogin{2})
		p.state(Active, "")
		p.at(hour, LoginAnswered{Attempt: 2, Secret: 2, User: c.user}, c.want...)
		p.state(Active, "")
		if d := p.m.Decide(hour, false); d.Secret != 2 {
			t.Errorf("the next request carries token %d, want the new one", d.Secret)
		}
		p.at(hour+1, Observed{1, 1, hour, 401, true}) // of the former token
		if p.m.View(hour+1, 0).Suspect {
			t.Error("a 401 to the former token made the new one suspect")
		}
	}
	p := signedIn(t, Policy{})
	p.step(0, LoginStarted{Attempt: 2})
	p.at(1, LoginFailed{2}, LoginDone{2})
	p.state(Active, "")
	for attempt := 2; attempt < 4; attempt++ { // two whom nobody knows are not taken for one
		p.step(1, LoginStarted{Attempt: attempt})
		p.step(1, LoginAnswered{Attempt: attempt, Secret: attempt})
	}
	if v := p.m.View(1, 0); v.Epoch != 5 {
		t.Errorf("epoch %d after two changes of person, want 5", v.Epoch)
	}
}

func TestA5_loginOverAnExpiredSession(t *testing.T) {
	p := signedIn(t, Policy{})
	p.at(3*hour, LoginStarted{Attempt: 2}, Ended{Reason: ReasonExpired, Epoch: 1, Secret: 1}, Keep{0}, SendLogin{2})
	p.at(3*hour, LoginAnswered{Attempt: 2, Secret: 2, User: "grace"}, Keep{2}, Began{Attempt: 2, Epoch: 3})
	p.state(Active, "")
}

func TestE6_renewalSettlesExtensions(t *testing.T) {
	p := signedIn(t, Policy{HasKeepAlive: true})
	p.at(1, Extend{}, KeepAlive{1, 1})
	p.step(2, LoginStarted{Attempt: 2})
	p.at(3, LoginAnswered{Attempt: 2, Secret: 2, User: "ada"}, Keep{2}, Began{2, 2, true}, ExtendSettled{Outcome: Extended})
	p.at(4, KeepAliveAnswered{1, 200}) // of the former token
}

func TestE2_whatSlides(t *testing.T) {
	const at = hour
	for _, c := range []struct {
		name  string
		e     Event
		fixed bool
		want  int64
	}{
		{"200", accept(at - 1000), false, at - 1000 + 2*hour - Grace},
		{"304", Observed{1, 1, at, 304, true}, false, at + 2*hour - Grace},
		{"start to come", accept(2 * at), false, at + 2*hour - Grace},
		{"older than the last", accept(-5), false, 2*hour - Grace},
		{"maybe from the cache", Observed{1, 1, at, 200, false}, false, 2*hour - Grace},
		{"403", Observed{1, 1, at, 403, true}, false, 2*hour - Grace},
		{"301", Observed{1, 1, at, 301, true}, false, 2*hour - Grace},
		{"500", Observed{1, 1, at, 500, true}, false, 2*hour - Grace},
		{"failed", Observed{1, 1, at, 0, true}, false, 2*hour - Grace},
		{"another token", Observed{1, 2, at, 200, true}, false, 2*hour - Grace},
		{"another epoch", Observed{2, 1, at, 200, true}, false, 2*hour - Grace},
		{"presence", Present{}, false, 2*hour - Grace},
		{"fixed", accept(at), true, 2*hour - Grace},
	} {
		p := signedIn(t, Policy{Fixed: c.fixed})
		p.at(at, c.e)
		if v := p.m.View(at, 0); v.Deadline != c.want {
			t.Errorf("%s: deadline %d, want %d", c.name, v.Deadline, c.want)
		}
	}
}

func TestE2_grace(t *testing.T) {
	for _, c := range []struct{ lifetime, want int64 }{
		{2 * hour, 2*hour - 5*second}, {10 * second, 5 * second}, {4 * second, 2 * second}, {1, 1},
	} {
		if got := signedIn(t, Policy{Lifetime: c.lifetime}).m.View(0, 0).Deadline; got != c.want {
			t.Errorf("a lifetime of %d ends after %d, want %d", c.lifetime, got, c.want)
		}
	}
}

func TestE4_lifetime(t *testing.T) {
	const w = int64(1_700_000_000_000)
	for _, c := range []struct {
		name                                        string
		expiresAt, date, start, elapsed, long, want int64
	}{
		{"Date readable, our clock right", w + hour, w, w, 0, 2 * hour, hour},
		{"Date readable, our clock a day slow", w + hour, w, w - day, 0, 2 * hour, hour},
		{"Date readable, our clock a day fast", w + hour, w, w + day, 0, 2 * hour, hour},
		{"longer than allowed", w + day, w, w, 0, 2 * hour, 2 * hour},
		{"no Date", w + hour, 0, w, 0, 2 * hour, hour},
		{"no Date, a slow answer", w + hour, 0, w, 9000, 2 * hour, hour - 9000},
		{"no Date, slept before the answer", w + hour, 0, w, 3 * hour, 2 * hour, 1},
		{"no Date, our clock a day slow", w + hour, 0, w - day, 0, 2 * hour, 2 * hour},
		{"no Date, our clock a day fast", w + hour, 0, w + day, 0, 2 * hour, 2 * hour},
		{"Date after expiresAt", w + hour, w + day, w, 0, 2 * hour, hour},
		{"no expiresAt", 0, w, w, 0, 2 * hour, 2 * hour},
		{"absurd expiresAt", 1 << 62, w, w, 0, 2 * hour, 2 * hour},
		{"negative expiresAt", -1 << 62, 1 << 62, w, 0, 2 * hour, 2 * hour},
		{"absurd Date", w + hour, -1 << 62, w, 0, 2 * hour, hour},
		{"nothing known", 0, 0, 0, 0, 2 * hour, 2 * hour},
	} {
		if got := Lifetime(c.expiresAt, c.date, c.start, c.elapsed, c.long); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

func TestE7_localLimits(t *testing.T) {
	p := signedIn(t, Policy{IdleAfter: 15 * minute, MaxLifetime: hour})
	p.at(14*minute, Present{})
	p.at(28*minute, accept(28*minute)) // a call is no presence
	p.at(29*minute, Look{}, Ended{ReasonIdle, 1, 1, true}, Keep{0})
	p.state(Expired, ReasonIdle)
	p.refused(false, CodeIdle)

	p = signedIn(t, Policy{MaxLifetime: hour, HasKeepAlive: true})
	p.at(hour-1, accept(hour-1))
	p.at(hour-1, Extend{}, ExtendSettled{Outcome: Unavailable}) // no call moves that one
	p.at(hour, Present{}, Ended{ReasonMaxLifetime, 1, 1, true}, Keep{0})
	p.state(Expired, ReasonMaxLifetime)
	p.refused(false, CodeSessionExpired)

	p = signedIn(t, Policy{IdleAfter: minute, HasKeepAlive: true})
	p.at(minute-1, Extend{}, KeepAlive{1, 1}) // presence moves that one, the call the server's

	p = signedIn(t, Policy{IdleAfter: 1 << 62, MaxLifetime: 1 << 62, Lifetime: 1 << 62}) // as good as none
	if v := p.m.View(day, 1<<62); v.State != Active || v.Remaining <= day {
		t.Errorf("absurdly long limits: %+v", v)
	}
}

func TestE3_noRequestAfterALongSleep(t *testing.T) {
	p := signedIn(t, Policy{})
	w := Watch{WarnBefore: 5 * minute}
	w, _, _ = w.Look(p.m, 0)
	p.now = 3 * hour // nothing was stepped: validity is judged at use
	p.refused(false, CodeSessionExpired)
	_, v, n := w.Look(p.m, p.now)
	if n != NoticeExpired || v.State != Expired {
		t.Errorf("after the sleep: %q in state %s, want expired alone", n, v.State)
	}
	p.at(3*hour, accept(3*hour), Ended{Reason: ReasonExpired, Epoch: 1, Secret: 1}, Keep{0})
	p.state(Expired, ReasonExpired)
}

func TestE5_watch(t *testing.T) {
	p := signedIn(t, Policy{})
	w := Watch{WarnBefore: 5 * minute}
	look := func(now int64, want Notice) {
		t.Helper()
		var got Notice
		if w, _, got = w.Look(p.m, now); got != want {
			t.Errorf("at %d: told %q, want %q", now, got, want)
		}
	}
	end := 2*hour - Grace
	look(0, NoticeNone)
	look(end-5*minute-1, NoticeNone)
	look(end-5*minute, NoticeExpiring)
	look(end-minute, NoticeNone)
	p.step(end-minute, accept(1)) // a new deadline, still near: the warning stands
	look(end-minute, NoticeNone)
	p.step(end-minute, accept(hour))
	look(end-minute, NoticeExtended)
	look(end-minute, NoticeNone)
	end = hour + 2*hour - Grace
	look(end-2*minute, NoticeExpiring)
	look(end, NoticeExpired)
	look(end+1, NoticeNone)
	p.step(end, Look{})
	look(end+2, NoticeNone)

	if _, _, n := (Watch{}).Look(p.m, end); n != NoticeNone {
		t.Errorf("a page that opens after the end is told %q", n)
	}
	p = signedIn(t, Policy{})
	w = Watch{WarnBefore: 5 * minute}
	look(2*hour-minute, NoticeExpiring) // a page that opens late is warned too
	p.step(2*hour-minute, LoginStarted{Attempt: 2})
	p.step(2*hour-minute, LoginAnswered{Attempt: 2, Secret: 2, User: "ada"})
	look(2*hour-minute, NoticeExtended)
	p.step(2*hour-minute, End{ReasonLogout})
	look(2*hour-minute, NoticeNone)
}

// A newer page's limits may make the lead shorter: the warning that stands for
// the deadline is then neither withdrawn nor given again.
func TestE5_oncePerDeadline(t *testing.T) {
	p := signedIn(t, Policy{Lifetime: 12 * minute})
	w := Watch{WarnBefore: 5 * minute}
	for _, c := range []struct {
		now   int64
		event Event
		want  Notice
	}{
		{8 * minute, Present{}, NoticeExpiring},
		{8 * minute, Configured{Policy{IdleAfter: 6 * minute}}, NoticeNone},
		{10 * minute, Look{}, NoticeNone},
		{12 * minute, Look{}, NoticeExpired},
	} {
		p.step(c.now, c.event)
		var got Notice
		if w, _, got = w.Look(p.m, c.now); got != c.want {
			t.Errorf("at %d: told %q, want %q", c.now, got, c.want)
		}
	}
}

func TestE5_leadIsHalfTheShortestLimit(t *testing.T) {
	for _, c := range []struct {
		policy Policy
		warn   int64
		want   int64 // when the warning is due
	}{
		{Policy{}, 5 * minute, 2*hour - Grace - 5*minute},
		{Policy{Lifetime: 4 * minute}, 5 * minute, 2*minute - Grace},
		{Policy{IdleAfter: 4 * minute}, 5 * minute, 2 * minute},
		{Policy{MaxLifetime: 8 * minute}, 5 * minute, 4 * minute},
		{Policy{}, 0, 2*hour - Grace},
	} {
		p := signedIn(t, c.policy)
		if v := p.m.View(c.want-1, c.warn); v.State != Active {
			t.Errorf("%+v: %s too early", c.policy, v.State)
		}
		if v := p.m.View(c.want, c.warn); v.State == Active {
			t.Errorf("%+v: not warned %d ms ahead", c.policy, v.Remaining)
		}
		if got := p.m.NextWake(c.want-1, c.warn); got != 1 {
			t.Errorf("%+v: woken in %d ms, the warning is due in 1", c.policy, got)
		}
	}
	p := signedIn(t, Policy{})
	if w := p.m.NextWake(0, 5*minute); w != LongestWake {
		t.Errorf("woken in %d ms, want %d", w, LongestWake)
	}
	if w := p.m.NextWake(3*hour, 5*minute); w != 0 {
		t.Errorf("woken in %d ms, the end is overdue", w)
	}
}

func TestE6_extendOnceForAll(t *testing.T) {
	p := signedIn(t, Policy{HasKeepAlive: true})
	p.at(hour, Extend{}, KeepAlive{1, 1})
	p.at(hour, Extend{})
	p.at(hour, KeepAliveAnswered{2, 200}) // no such call
	p.at(hour+50, KeepAliveAnswered{1, 200}, ExtendSettled{Outcome: Extended})
	if v := p.m.View(p.now, 0); v.Deadline != hour+2*hour-Grace || !v.Extendable {
		t.Errorf("after the extension: %+v", v)
	}
	p.at(hour+60, Extend{}, KeepAlive{2, 1})
	p.at(hour+70, KeepAliveAnswered{2, 503}, ExtendSettled{Failed, 503})
	p.at(hour+80, Extend{}, KeepAlive{3, 1})
	p.at(hour+90, KeepAliveAnswered{3, 401}, Unauthorized{}, ExtendSettled{Failed, 401})
	p.at(hour+100, Extend{}, KeepAlive{4, 1})
	p.at(hour+110, End{ReasonLogout}, Ended{ReasonLogout, 1, 1, true}, ExtendSettled{Outcome: Over}, Keep{0})
	p.at(hour+120, KeepAliveAnswered{4, 200})
	p.state(SignedOut, ReasonLogout)

	p = signedIn(t, Policy{HasKeepAlive: true, On401: On401End})
	p.step(1, Extend{})
	p.at(2, KeepAliveAnswered{1, 401}, Ended{Reason: ReasonRejected, Epoch: 1, Secret: 1}, ExtendSettled{Outcome: Over}, Keep{0})

	for _, policy := range []Policy{{}, {HasKeepAlive: true, Fixed: true}} {
		p = signedIn(t, policy)
		p.at(1, Extend{}, ExtendSettled{Outcome: Unavailable})
	}
	p = signedIn(t, Policy{HasKeepAlive: true})
	p.step(1, Extend{})
	p.step(2, Configured{Policy{Fixed: true}})
	p.at(3, Extend{}) // waits with the one under way, though none could be sent now
	p.at(4, KeepAliveAnswered{1, 200}, ExtendSettled{Outcome: Extended})
}

func TestE6_extendOnActivity(t *testing.T) {
	p := signedIn(t, Policy{HasKeepAlive: true, ExtendOnActivity: true})
	p.at(minute-1, Present{})
	p.at(minute, Present{}, KeepAlive{1, 1})
	p.at(3*minute, Present{}) // the first is still under way
	p.at(3*minute, Extend{})  // who asks now waits for it
	p.at(3*minute, KeepAliveAnswered{1, 0}, ExtendSettled{Failed, 0})
	p.at(3*minute, Present{}, KeepAlive{2, 1})
	p.at(3*minute, KeepAliveAnswered{2, 500})
	p.at(4*minute-1, Present{}) // a failure is no reason to hurry
	p.at(4*minute, accept(4*minute-1))
	p.at(4*minute, Present{}) // a call has just extended
	p.at(5*minute, Present{}, KeepAlive{3, 1})
	p.at(5*minute, KeepAliveAnswered{3, 200})

	p = signedIn(t, Policy{HasKeepAlive: true})
	p.at(hour, Present{}) // nothing extends by itself
}

func TestF6_fiftyParallel401s(t *testing.T) {
	p := signedIn(t, Policy{HasVerify: true})
	p.at(10, refuse(0), Unauthorized{}, Verify{1, 1})
	for range 49 {
		p.at(11, refuse(0))
	}
	p.at(12, accept(9)) // started before the first 401: proves nothing
	if v := p.m.View(12, 0); !v.Suspect || v.State != Active {
		t.Fatalf("suspect and active, got %+v", v)
	}
	p.at(20, VerifyAnswered{1, 200})
	if p.m.View(20, 0).Suspect {
		t.Error("suspect though the server said the token is good")
	}
	p.at(21, refuse(0)) // a straggler of the fifty: that question has been settled
	p.at(22, Observed{1, 1, 22, 403, true})
	if p.m.View(22, 0).Suspect {
		t.Error("a straggler, or a 403, raised suspicion anew")
	}
	p.at(500, refuse(400), Unauthorized{}) // a new question, but no verify so soon
	if w := p.m.NextWake(500); w != 510 || p.m.View(500, 0).Secret != 1 {
		t.Errorf("woken in %d ms, the next verify may start in 510", w)
	}
	p.at(1010, Look{}, Verify{2, 1})
	p.at(1020, VerifyAnswered{2, 401}, Ended{Reason: ReasonRejected, Epoch: 1, Secret: 1}, Keep{0})
	p.state(Expired, ReasonRejected)
	p.refused(false, CodeSessionExpired)
}

func TestF6_on401(t *testing.T) {
	for _, c := range []struct {
		on   On401
		want []Effect
	}{
		{"", []Effect{Unauthorized{}}},
		{On401Verify, []Effect{Unauthorized{}}},
		{On401End, []Effect{Ended{Reason: ReasonRejected, Epoch: 1, Secret: 1}, Keep{0}}},
		{On401Ignore, nil},
	} {
		p := signedIn(t, Policy{On401: c.on})
		p.at(1, Observed{1, 2, 0, 401, true})  // another token's
		p.at(1, Observed{1, 1, 0, 401, false}) // another origin's
		p.at(1, refuse(0), c.want...)
	}
	p := signedIn(t, Policy{})
	p.at(1, refuse(0), Unauthorized{})
	p.at(5, accept(3)) // any accepted call settles it
	p.at(9, refuse(7), Unauthorized{})
}

func TestF6_verifyBacksOff(t *testing.T) {
	p := signedIn(t, Policy{HasVerify: true})
	p.at(0, refuse(0), Unauthorized{}, Verify{1, 1})
	now, id := int64(0), 1
	for _, wait := range []int64{1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300} {
		p.at(now+wait*second-1, Look{})
		p.at(now+wait*second-1, VerifyAnswered{id, []int{0, 503, 403}[id%3]}) // says nothing
		now += wait * second
		id++
		p.at(now, Look{}, Verify{id, 1})
	}
	p.at(now, VerifyAnswered{id, 204})
	now += 2 * VerifyMost
	p.at(now, refuse(now), Unauthorized{}, Verify{id + 1, 1})
	p.at(now+1, VerifyAnswered{id + 1, 0})
	p.at(now+second, Look{}, Verify{id + 2, 1}) // patience anew
}

func TestF7_background(t *testing.T) {
	p := signedIn(t, Policy{IdleBackground: minute})
	p.now = minute
	p.refused(true, "")
	p.now++
	p.refused(true, CodeIdle)
	p.refused(false, "")
	p.at(p.now, accept(p.now)) // not presence
	p.refused(true, CodeIdle)
	p.at(p.now, Present{})
	p.refused(true, "")
	p = signedIn(t, Policy{})
	p.now = hour
	p.refused(true, "")
}

func TestO1_logoutIsFinal(t *testing.T) {
	p := signedIn(t, Policy{HasVerify: true, HasKeepAlive: true})
	p.step(1, refuse(0))
	p.step(1, Extend{})
	p.step(1, LoginStarted{Attempt: 2})
	p.at(2, End{ReasonLogout}, LoginAborted{2, ReasonLogout},
		Ended{ReasonLogout, 1, 1, true}, ExtendSettled{Outcome: Over}, Keep{0})
	out := p.m
	for _, e := range []Event{
		accept(1), refuse(1), VerifyAnswered{1, 200}, KeepAliveAnswered{2, 200}, Present{}, Look{}, LoginFailed{2}, RestoreFailed{},
	} {
		p.at(3, e)
	}
	p.at(3, LoginAnswered{Attempt: 2, Secret: 2, User: "ada"}, Keep{0})
	p.at(3, Restored{Secret: 1, Record: Record{Begun: 1, Slid: 1, Seen: 1, Lifetime: hour}, Wall: 2}, Keep{0})
	p.at(3, End{ReasonLogout}, Keep{0})
	if p.m != out {
		t.Errorf("something late left its mark:\n%+v\n%+v", out, p.m)
	}
	p.state(SignedOut, ReasonLogout)
}

func TestPolicy_strictest(t *testing.T) {
	loose := Policy{HasKeepAlive: true, ExtendOnActivity: true, On401: On401Ignore, MaxLifetime: -1}
	strict := Policy{
		Fixed: true, Lifetime: hour, IdleAfter: minute, IdleBackground: second, MaxLifetime: day, On401: On401End, HasVerify: true,
	}
	want := Policy{
		Fixed: true, Lifetime: hour, IdleAfter: minute, IdleBackground: second, MaxLifetime: day, On401: On401End, HasKeepAlive: true,
	}
	if got := loose.Strictest(strict); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	want.HasKeepAlive, want.HasVerify = false, true
	if got := strict.Strictest(loose); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := (Policy{On401: On401Ignore}).Strictest(Policy{}).On401.severity(); got != 1 {
		t.Error("the default is stricter than ignore")
	}
}

func TestPolicy_aNewerPagesLimits(t *testing.T) {
	p := signedIn(t, Policy{IdleAfter: 30 * minute})
	p.at(0, Configured{Policy{IdleAfter: hour, Lifetime: 4 * hour}}) // longer: at the next log-in
	if v := p.m.View(0, 0); v.Remaining != 30*minute {
		t.Errorf("%d ms left, a longer limit applied at once", v.Remaining)
	}
	p.at(10*minute, Configured{Policy{IdleAfter: 15 * minute}}) // shorter: at once
	if v := p.m.View(10*minute, 0); v.Remaining != 5*minute {
		t.Errorf("%d ms left, want 5 min", v.Remaining)
	}
	p.at(10*minute, Configured{Policy{IdleAfter: 5 * minute}}, Ended{ReasonIdle, 1, 1, true}, Keep{0})
	p.step(10*minute, Configured{Policy{Lifetime: 4 * hour}})
	p.step(10*minute, LoginStarted{Attempt: 2})
	p.step(10*minute, LoginAnswered{Attempt: 2, Secret: 2})
	if v := p.m.View(10*minute, 0); v.Remaining != 4*hour-Grace {
		t.Errorf("%d ms left, the newest policy was not taken at the log-in", v.Remaining)
	}
}

func TestRestore(t *testing.T) {
	const wall = int64(1_700_000_000_000)
	stored := signedIn(t, Policy{IdleAfter: 30 * minute})
	stored.step(10*minute, accept(10*minute))
	stored.step(20*minute, Present{})
	record, ok := stored.m.Record(20*minute, wall)
	if !ok || record.Begun != wall-20*minute || record.Slid != wall-10*minute || record.Seen != wall || record.User != "ada" {
		t.Fatalf("stored %+v, %v", record, ok)
	}
	if _, ok := stored.m.Record(day, wall); ok {
		t.Error("an ended session was stored")
	}
	restoring := func() *player {
		p := &player{t: t}
		p.at(0, RestoreStarted{})
		p.state(Restoring, "")
		p.refused(false, CodeSignedOut)
		return p
	}

	p := restoring()
	p.at(100, Restored{5, record, wall + minute}, Keep{5}, Began{Epoch: 1})
	if v := p.m.View(100, 0); v.Remaining != 29*minute || v.Secret != 5 {
		t.Errorf("restored with %+v, want 29 min left", v)
	}
	p.at(101, RestoreStarted{}) // there is one already
	p.state(Active, "")

	p = restoring()
	p.at(100, Restored{5, record, wall + hour}, Ended{ReasonIdle, 1, 5, true}, Keep{0})
	p.state(Expired, ReasonIdle)

	p = restoring()
	p.at(1, RestoreFailed{})
	p.state(SignedOut, "")

	p = restoring() // a log-in overtakes it
	p.at(1, LoginStarted{Attempt: 1}, SendLogin{1})
	p.at(2, LoginAnswered{Attempt: 1, Secret: 6}, Keep{6}, Began{Attempt: 1, Epoch: 1})
	p.at(3, Restored{5, record, wall + minute}, Keep{6})

	p = restoring()
	p.at(1, End{ReasonLogout}, Keep{0})
	p.at(2, Restored{5, record, wall + minute}, Keep{0})
	p.state(SignedOut, "")

	for name, spoil := range map[string]func(*Restored){
		"no token":               func(e *Restored) { e.Secret = 0 },
		"written in the future":  func(e *Restored) { e.Wall = wall - 1 },
		"slid before it began":   func(e *Restored) { e.Record.Slid = e.Record.Begun - 1 },
		"seen before it began":   func(e *Restored) { e.Record.Seen = e.Record.Begun - 1 },
		"began before all times": func(e *Restored) { e.Record.Begun = -1 << 62 },
		"no lifetime":            func(e *Restored) { e.Record.Lifetime = 0 },
		"no time":                func(e *Restored) { e.Wall = 1 << 62 },
	} {
		e := Restored{5, record, wall + minute}
		spoil(&e)
		p := restoring()
		p.at(1, e, Keep{0})
		if p.state(SignedOut, ""); p.m != (Machine{}) {
			t.Errorf("%s: left %+v", name, p.m)
		}
	}
}
