package session

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// The model: a server that keeps Exact's rule by a clock of its own, a network
// that delays and loses, a machine that sleeps, freezes, crashes and has its
// clock set, and tabs that do what tabs do. It plays against Machine and
// checks after every single step what must hold under any interleaving.

const (
	second = int64(1000)
	minute = 60 * second
	hour   = 60 * minute
	day    = 24 * hour
)

// dice decide everything in a model: a seeded generator, or a fuzzer's bytes.
type dice interface {
	n(int) int // in [0, n)
	done() bool
}

type seeded struct{ *rand.Rand }

func (s seeded) n(n int) int { return s.IntN(n) }
func (s seeded) done() bool  { return false }

type token struct {
	lifetime int64 // at the server
	dies     int64 // true time after which the server refuses it
	user     string
}

// flight is one request under way. It is accepted, or not, at a moment between
// its start and its answer; the answer may come at any time after, or never.
type flight struct {
	kind    byte // 'l'og-in, 'c'all, 'k'eep-alive, 'v'erify
	id      int
	pass    Pass
	secret  int
	slides  bool
	status  int // 0 until the server has decided
	decided bool
	login   LoginAnswered
	program int   // which program started it
	skew    int64 // our wall clock less the server's, at the start
}

type tab struct {
	watch     Watch
	connected bool
	warning   bool
	warned    map[[2]int64]bool // epoch, deadline
}

type model struct {
	t *testing.T
	dice

	true_, wall, mono int64 // the world's time; the two clocks' readings
	tokens            []token
	flights           []flight
	serverAhead       int64
	clock             Clock
	m                 Machine
	tabs              [3]tab
	frozen            bool // no timer fires
	program, attempts int
	policy            Policy

	// What the effects so far add up to.
	attempt, kept           int
	verifying, keepingAlive int
	extending               bool
	unauthorized            bool
	live                    bool
	secret                  int
	dead                    map[int]bool // secrets of ended sessions
	last                    View
	reasons                 map[int]Reason // by epoch that ended
	slid, span              int64          // oracle of the token's deadline
	begun                   int64
	fixed                   bool

	stored   Record
	storedOK bool
	storedIn int // secret
	steps    int
	trace    []string
	seen     map[string]int
}

func newModel(t *testing.T, d dice) *model {
	w := &model{t: t, dice: d, wall: 1_700_000_000_000, seen: map[string]int{}, dead: map[int]bool{}}
	w.tokens = make([]token, 1) // handle 0 is none
	w.serverAhead = []int64{0, 0, 3 * hour, -3 * hour}[d.n(4)]
	w.start()
	return w
}

// start starts a fresh program: all that was in memory is gone.
func (w *model) start() {
	w.program++
	w.m, w.clock = Machine{}, Clock{}.Read(w.wall, w.mono)
	w.attempt, w.kept, w.verifying, w.keepingAlive, w.secret = 0, 0, 0, 0, 0
	w.extending, w.unauthorized, w.live = false, false, false
	w.last = View{State: SignedOut}
	w.reasons = map[int]Reason{}
	for i := range w.tabs {
		w.tabs[i] = tab{}
	}
}

func (w *model) fail(format string, args ...any) {
	w.t.Helper()
	from := max(0, len(w.trace)-25)
	for _, line := range w.trace[from:] {
		w.t.Log(line)
	}
	w.t.Fatalf("step %d: "+format, append([]any{w.steps}, args...)...)
}

func (w *model) pick(of ...int64) int64 { return of[w.n(len(of))] }

// pass lets the world's time go on; the session clock is read, as it is on
// every wake signal and before every event.
func (w *model) pass(d int64, asleep bool) {
	w.true_ += d
	w.wall += d
	if !asleep {
		w.mono += d
	}
	w.clock = w.clock.Read(w.wall, w.mono)
}

func (w *model) randomPolicy() Policy {
	return Policy{
		Fixed:            w.n(8) == 0,
		Lifetime:         w.pick(0, 0, 2*hour, 30*minute, 12*second),
		IdleAfter:        w.pick(0, 0, 15*minute, 90*second),
		IdleBackground:   w.pick(0, minute),
		MaxLifetime:      w.pick(0, 0, 8*hour, hour),
		On401:            []On401{"", On401Verify, On401Verify, On401End, On401Ignore}[w.n(5)],
		ExtendOnActivity: w.n(2) == 0,
		HasKeepAlive:     w.n(4) != 0,
		HasVerify:        w.n(4) != 0,
	}
}

// step does one random thing.
func (w *model) step() {
	w.steps++
	if len(w.flights) > 12 { // the oldest are lost
		w.flights = append([]flight(nil), w.flights[len(w.flights)-12:]...)
		w.lost()
	}
	switch w.n(24) {
	case 0, 1, 2:
		w.pass(w.pick(0, 1, 20, 300, second, 7*second), false)
	case 3:
		w.pass(w.pick(20*second, minute, 6*minute, 31*minute), false)
	case 4, 5, 6: // the timer, if it can fire
		if wake := w.m.NextWake(w.clock.Now(), w.warnings()...); wake >= 0 && !w.frozen {
			w.pass(wake, false)
			w.event(Look{})
		}
	case 7:
		switch w.n(6) {
		case 0:
			w.pass(w.pick(10*minute, 3*hour), true) // sleep
		case 1:
			w.setClock(w.pick(10*minute, -10*minute, day, -day))
		default:
			w.frozen = !w.frozen
		}
	case 8:
		w.policy = w.randomPolicy()
		w.event(Configured{w.policy})
	case 9:
		w.event(LoginStarted{Attempt: w.nextAttempt(), Wall: w.wall})
	case 10:
		switch id := w.attempt - w.n(2); w.n(4) { // the current one, or an earlier
		case 0:
			w.event(LoginFailed{id})
		case 1:
			w.event(LoginCanceled{id})
		}
	case 11, 12, 13:
		if p := w.m.Decide(w.clock.Now(), w.n(4) == 0); p.Refuse == "" {
			w.checkPass(p)
			w.send(flight{kind: 'c', pass: p, secret: p.Secret, slides: w.n(8) != 0})
		}
	case 14, 15, 16, 17:
		w.serve()
	case 18, 19:
		w.answer()
	case 20:
		w.event(Present{})
	case 21:
		w.event(Extend{})
	case 22:
		switch w.n(12) {
		case 0:
			w.event(End{[]Reason{ReasonLogout, ReasonLogout, ReasonUpdated, ReasonLastTabClosed, ReasonWorkerCrashed}[w.n(5)]})
		case 1:
			w.crash()
		default:
			w.stored, w.storedOK = w.m.Record(w.clock.Now(), w.wall)
			w.storedIn = w.secret
			if w.storedOK != w.m.View(w.clock.Now(), 0).Live() {
				w.fail("a record of a session that is not live, or none of one that is")
			}
		}
	case 23:
		i := &w.tabs[w.n(len(w.tabs))]
		if *i = (tab{connected: !i.connected}); i.connected {
			i.watch.WarnBefore = w.pick(0, 5*minute, 5*minute, minute)
			i.warned = map[[2]int64]bool{}
		}
	}
	w.check()
}

func (w *model) nextAttempt() int { w.attempts++; return w.attempts }

func (w *model) warnings() (warn []int64) {
	for _, t := range w.tabs {
		if t.connected {
			warn = append(warn, t.watch.WarnBefore)
		}
	}
	return warn
}

// setClock sets the wall clock. A record from before a clock was set back has
// an age nobody can know: documented, so not played.
func (w *model) setClock(by int64) {
	if w.wall+by < 1_600_000_000_000 {
		by = -by
	}
	if by < 0 {
		w.storedOK = false
	}
	w.wall += by
	w.clock = w.clock.Read(w.wall, w.mono)
}

// crash loses everything but the store, and now and then the next program
// restores from it.
func (w *model) crash() {
	w.start()
	w.event(Configured{w.policy})
	switch w.n(3) {
	case 0:
		w.event(End{ReasonWorkerCrashed})
	case 1:
		w.event(RestoreStarted{})
		if w.n(4) == 0 {
			w.event(RestoreFailed{})
		}
		if w.n(8) == 0 {
			w.event(End{ReasonLogout})
		}
		if w.storedOK {
			w.pass(w.pick(0, 50), false)
			w.event(Restored{Secret: w.storedIn, Record: w.stored, Wall: w.wall})
		}
	}
	w.storedOK = false
}

func (w *model) send(f flight) {
	f.program, f.skew = w.program, w.wall-w.serverTime()
	w.flights = append(w.flights, f)
}

// lost settles what can no longer be answered, as the host's time-out does.
func (w *model) lost() {
	under := map[byte]bool{}
	for _, f := range w.flights {
		if f.program == w.program {
			under[f.kind] = under[f.kind] || f.kind != 'l' || f.id == w.attempt
		}
	}
	if w.attempt != 0 && !under['l'] {
		w.event(LoginFailed{w.attempt})
	}
	if w.verifying != 0 && !under['v'] {
		w.event(VerifyAnswered{w.verifying, 0})
	}
	if w.keepingAlive != 0 && !under['k'] {
		w.event(KeepAliveAnswered{w.keepingAlive, 0})
	}
}

// serve lets the server take one of the requests, at this very moment.
func (w *model) serve() {
	if len(w.flights) == 0 {
		return
	}
	f := &w.flights[w.n(len(w.flights))]
	if f.decided {
		return
	}
	f.decided = true
	if f.kind == 'l' {
		w.issue(f)
		return
	}
	tk := &w.tokens[f.secret]
	switch {
	case w.true_ > tk.dies: // dead for good
		f.status = 401
		tk.dies = -1
	case w.n(4) == 0:
		f.status = 401 // a permission is missing
	case w.n(8) == 0:
		f.status = []int{403, 500}[w.n(2)] // may or may not count at the server
	default:
		f.status = []int{200, 204, 304}[w.n(3)]
		tk.dies = w.true_ + tk.lifetime
	}
}

// issue gives a token. Where Date is unreadable and our clock wrong, nothing
// can tell a lifetime shorter than the configured one: documented, not played.
func (w *model) issue(f *flight) {
	now := w.serverTime()
	tk := token{lifetime: w.pick(2*hour, hour, 20*minute, 30*second), user: []string{"", "ada", "ada", "grace"}[w.n(4)]}
	f.login.Date = now - now%second
	if w.n(3) == 0 {
		f.login.Date = 0
		if w.wall != now || f.skew != 0 {
			tk.lifetime = 2 * hour
		}
	}
	f.login.ExpiresAt = now + tk.lifetime
	if w.n(6) == 0 {
		f.login.ExpiresAt = 0
		tk.lifetime = 2 * hour
	}
	tk.dies = w.true_ + tk.lifetime
	w.tokens = append(w.tokens, tk)
	f.login.Secret, f.login.User = len(w.tokens)-1, tk.user
}

func (w *model) serverTime() int64 { return w.true_ + 1_700_000_000_000 + w.serverAhead }

// answer delivers one answer, in any order; sometimes twice.
func (w *model) answer() {
	if len(w.flights) == 0 {
		return
	}
	i := w.n(len(w.flights))
	f := w.flights[i]
	if f.decided && w.n(16) != 0 {
		w.flights = append(w.flights[:i:i], w.flights[i+1:]...)
	}
	if !f.decided || f.program != w.program {
		return
	}
	switch f.kind {
	case 'l':
		w.event(f.login)
	case 'c':
		w.event(Observed{f.pass.Epoch, f.pass.Secret, f.pass.Start, f.status, f.slides})
	case 'k':
		w.event(KeepAliveAnswered{f.id, f.status})
	case 'v':
		w.event(VerifyAnswered{f.id, f.status})
	}
}

// event plays e and checks what comes of it.
func (w *model) event(e Event) {
	now := w.clock.Now()
	before := w.last
	attempt, extending := w.attempt, w.extending // as they were
	if s, ok := e.(LoginStarted); ok && w.attempt == 0 {
		w.attempt = s.Attempt
	}
	mine := true // the answer of a request still under way
	switch e := e.(type) {
	case KeepAliveAnswered:
		if mine = e.ID == w.keepingAlive; mine {
			w.keepingAlive = 0
		}
	case VerifyAnswered:
		if mine = e.ID == w.verifying; mine {
			w.verifying = 0
		}
	}
	next, effects := w.m.Step(now, e)
	w.m = next
	if len(w.trace) > 1000 {
		w.trace = w.trace[900:]
	}
	w.trace = append(w.trace, fmt.Sprintf("true %d now %d %T%+v", w.true_, now, e, e))
	settled := 0
	for _, f := range effects {
		w.trace = append(w.trace, fmt.Sprintf("    -> %T%+v", f, f))
		w.seen[fmt.Sprintf("%T", f)]++
		switch f := f.(type) {
		case SendLogin:
			if attempt != 0 {
				w.fail("a second log-in was sent while one is under way")
			}
			w.send(flight{kind: 'l', id: f.Attempt, login: LoginAnswered{Attempt: f.Attempt}})
		case LoginRefused:
			if attempt == 0 || f.Attempt == attempt {
				w.fail("a log-in was refused with none under way")
			}
		case LoginAborted:
			w.settleLogin(f.Attempt)
		case LoginDone:
			w.settleLogin(f.Attempt)
		case Began:
			w.began(e, f)
		case Ended:
			w.ended(e, f)
		case Keep:
			w.kept = f.Secret
		case Unauthorized:
			if w.unauthorized {
				w.fail("unauthorized twice in one period of suspicion")
			}
			w.unauthorized = true
		case Verify:
			if w.verifying != 0 || f.Secret != w.secret {
				w.fail("a second verify, or one for another token")
			}
			w.verifying = f.ID
			w.send(flight{kind: 'v', id: f.ID, secret: f.Secret})
		case KeepAlive:
			if w.keepingAlive != 0 || f.Secret != w.secret {
				w.fail("a second keep-alive, or one for another token")
			}
			w.keepingAlive = f.ID
			w.send(flight{kind: 'k', id: f.ID, secret: f.Secret})
		case ExtendSettled:
			settled++
		}
	}
	w.observe(e, mine)
	_, asked := e.(Extend)
	waiting := 0 // a time limit may settle the ones before, and then this one
	for _, waits := range []bool{extending, asked} {
		if waits {
			waiting++
		}
	}
	if settled > waiting {
		w.fail("extensions settled %d times, somebody waited: %v", settled, extending)
	}
	if w.extending = (extending || asked) && settled == 0; w.extending && w.keepingAlive == 0 {
		w.fail("an extension waits for nothing")
	}
	w.last = w.m.View(now, 0)
	if w.last.Live() && before.Live() && w.last.Epoch == before.Epoch && w.last.Deadline > before.Deadline && !grows(e) {
		w.fail("%T%+v moved the deadline from %d to %d", e, e, before.Deadline, w.last.Deadline)
	}
	if _, ok := e.(Configured); ok && w.last.Deadline < before.Deadline {
		for i := range w.tabs { // a deadline the page was told is off may be on again
			clear(w.tabs[i].warned)
		}
	}
	if !w.last.Suspect {
		w.unauthorized = false
	}
	if w.kept != w.secret {
		w.fail("token %d is kept, %d is the session's", w.kept, w.secret)
	}
	w.check()
}

// grows reports whether e may move a deadline away.
func grows(e Event) bool {
	switch e := e.(type) {
	case Observed:
		return e.Slides && accepted(e.Status)
	case KeepAliveAnswered:
		return accepted(e.Status)
	case VerifyAnswered:
		return accepted(e.Status)
	case Present:
		return true
	}
	return false
}

func (w *model) settleLogin(attempt int) {
	if attempt != w.attempt {
		w.fail("attempt %d settled, %d is under way", attempt, w.attempt)
	}
	w.attempt = 0
}

func (w *model) began(e Event, f Began) {
	if f.Attempt != 0 {
		w.settleLogin(f.Attempt)
	}
	var secret int
	switch e := e.(type) {
	case LoginAnswered:
		secret = e.Secret
	case Restored:
		secret = e.Secret
	default:
		w.fail("%T began a session", e)
	}
	if w.dead[secret] {
		w.fail("token %d came back after its session had ended", secret)
	}
	if f.Renewed != w.live {
		w.fail("renewed is %v over a live session: %v", f.Renewed, w.live)
	}
	if f.Renewed && w.tokens[w.secret].user != w.tokens[secret].user {
		w.fail("a session passed from one person to another")
	}
	if w.live {
		w.dead[w.secret] = true
	}
	if _, restored := e.(Restored); !restored {
		w.storedOK = false
	}
	w.live, w.secret, w.unauthorized, w.verifying, w.keepingAlive = true, secret, false, 0, 0
	now := w.clock.Now()
	if r, ok := e.(Restored); ok {
		w.slid, w.begun = r.Record.Slid+now-r.Wall, r.Record.Begun+now-r.Wall
		w.span = min(r.Record.Lifetime, r.Record.Policy.lifetime(), w.policy.lifetime())
	} else {
		w.slid, w.begun, w.span = w.m.live.begun, w.m.live.begun, w.m.live.lifetime
		if w.slid > now || w.span <= 0 || w.span > 2*hour {
			w.fail("a session that began at %d for %d ms", w.slid, w.span)
		}
	}
}

func (w *model) ended(e Event, f Ended) {
	now := w.clock.Now()
	if _, restored := e.(Restored); !w.live && !restored {
		w.fail("a session ended for %q that was not live", f.Reason)
	}
	if r, twice := w.reasons[f.Epoch]; twice || f.Reason == "" {
		w.fail("epoch %d ended for %q and for %q", f.Epoch, r, f.Reason)
	}
	w.reasons[f.Epoch] = f.Reason
	if w.live && f.Secret != w.secret {
		w.fail("the end of token %d, the session's is %d", f.Secret, w.secret)
	}
	if _, configured := e.(Configured); f.Reason == ReasonExpired && w.live && !configured {
		from := w.slid
		if w.fixed {
			from = w.begun
		}
		if now < from+w.span-Grace {
			w.fail("expired at %d, the deadline less the grace is %d", now, from+w.span-Grace)
		}
	}
	w.storedOK = false // the store is emptied with every end
	w.seen[string(f.Reason)]++
	w.dead[f.Secret] = true
	w.live, w.secret, w.unauthorized, w.verifying, w.keepingAlive = false, 0, false, 0, 0
}

// observe keeps the oracle of the token's deadline.
func (w *model) observe(e Event, mine bool) {
	switch e := e.(type) {
	case Observed:
		if w.live && e.Slides && accepted(e.Status) && e.Epoch == w.last.Epoch && e.Secret == w.secret {
			w.slid = max(w.slid, e.Start)
		}
	case KeepAliveAnswered:
		if w.live && mine && accepted(e.Status) {
			w.slid = max(w.slid, w.m.live.keepAliveAt)
		}
	case VerifyAnswered:
		if w.live && mine && accepted(e.Status) {
			w.slid = max(w.slid, w.m.live.verifyAt)
		}
	case Configured:
		w.span = min(w.span, e.Policy.lifetime())
	}
	w.fixed = w.m.live.policy.Fixed
}

func (w *model) checkPass(p Pass) {
	if !w.live || p.Secret != w.secret || p.Start != w.clock.Now() {
		w.fail("let pass with %+v, the session's token is %d", p, w.secret)
	}
}

// check is what must hold at any moment, looked at or not.
func (w *model) check() {
	now := w.clock.Now()
	v := w.m.View(now, 0)
	if v.Live() && (!w.live || v.Secret != w.secret || w.dead[v.Secret]) {
		w.fail("a session is live that did not begin, or has ended: %+v", v)
	}
	if v.Live() {
		if dies := w.tokens[v.Secret].dies; dies >= 0 && w.true_+v.Remaining > dies {
			w.fail("the deadline is %d ms later than the server's", w.true_+v.Remaining-dies)
		}
		if v.Remaining <= 0 || v.Remaining != v.Deadline-now {
			w.fail("live with %d ms left", v.Remaining)
		}
		if wake := w.m.NextWake(now, w.warnings()...); wake < 0 || wake > LongestWake || wake > v.Remaining {
			w.fail("woken in %d ms with %d left", wake, v.Remaining)
		}
	} else if p := w.m.Decide(now, false); p.Refuse == "" {
		w.fail("a request may pass in state %s", v.State)
	}
	for i := range w.tabs {
		if t := &w.tabs[i]; t.connected {
			w.look(t, now)
		}
	}
}

func (w *model) look(t *tab, now int64) {
	was := t.watch
	next, v, notice := t.watch.Look(w.m, now)
	t.watch = next
	switch notice {
	case NoticeExpiring:
		key := [2]int64{int64(v.Epoch), v.Deadline}
		if t.warned[key] {
			w.fail("warned twice of the deadline %d", v.Deadline)
		}
		t.warned[key] = true
		t.warning = true
		if v.State != Expiring || v.Remaining <= 0 || v.Remaining > t.watch.WarnBefore {
			w.fail("a stale warning: %+v", v)
		}
	case NoticeExtended:
		if !t.warning || v.State != Active {
			w.fail("extended with no warning standing: %+v", v)
		}
		t.warning = false
	case NoticeExpired:
		if !was.live || v.State != Expired {
			w.fail("expired, from %+v to %+v", was, v)
		}
	}
	if !v.Live() {
		t.warning = false
	}
	if v.State == Expiring && !t.warning {
		w.fail("expiring, and nobody was told")
	}
	if notice != NoticeNone {
		w.seen["notice "+string(notice)]++
	}
	// Nothing may change between this look and the next wake.
	if wake := w.m.NextWake(now, w.warnings()...); wake > 1 {
		if later := w.m.View(now+wake-1, t.watch.WarnBefore); later.State != v.State {
			w.fail("asleep for %d ms while the state becomes %s", wake, later.State)
		}
	}
}

// TestE2_model plays a million steps, the same ones each time.
func TestE2_model(t *testing.T) {
	const games, steps = 500, 2000
	seen := map[string]int{}
	for seed := range uint64(games) {
		w := newModel(t, seeded{rand.New(rand.NewPCG(seed, 1))})
		for range steps {
			w.step()
		}
		for k, n := range w.seen {
			seen[k] += n
		}
	}
	// A model in which something never happens proves nothing about it.
	for _, k := range []string{
		"session.SendLogin", "session.LoginRefused", "session.LoginAborted", "session.LoginDone", "session.Keep",
		"session.Began", "session.Ended", "session.Unauthorized", "session.Verify", "session.KeepAlive", "session.ExtendSettled",
		"logout", "idle", "max-lifetime", "expired", "rejected", "user-changed", "updated", "last-tab-closed",
		"notice expiring", "notice extended", "notice expired",
	} {
		if seen[k] < 100 {
			t.Errorf("%s happened %d times in %d steps", k, seen[k], games*steps)
		}
	}
}

// played is the model's dice from a fuzzer's bytes.
type played struct{ bytes []byte }

func (p *played) n(n int) int {
	if len(p.bytes) == 0 {
		return 0
	}
	b := p.bytes[0]
	p.bytes = p.bytes[1:]
	return int(b) % n
}

func (p *played) done() bool { return len(p.bytes) == 0 }

// FuzzMachine lets the fuzzer decide what happens in the model.
func FuzzMachine(f *testing.F) {
	f.Fuzz(func(t *testing.T, game []byte) {
		if len(game) > 1<<14 {
			game = game[:1<<14]
		}
		w := newModel(t, &played{game})
		for !w.done() {
			w.step()
		}
	})
}
