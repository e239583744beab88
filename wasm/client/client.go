// Package client carries out what the session machine decides: it sends the
// requests, settles the calls, and tells every page what it needs to know. It
// knows its surroundings as a [Realm] only, and runs natively under test.
//
// Its methods are the Program of web/src/program.ts. They are called one at a
// time, answer at once, and never block. Connections are the pages: a number
// each, given by the host, as calls have.
package client

import (
	"exactlogin/wasm/exact"
	"exactlogin/wasm/session"
)

// requestTimeout is how long an answer may take, in ms.
const requestTimeout = 15_000

// Client is the session of one worker, with all its pages. Use [New].
type Client struct {
	realm   Realm
	clock   session.Clock
	wall    int64 // the wall clock when the clock was last read, ms
	machine session.Machine
	seen    session.View // after the last step

	configured bool
	identity   Identity
	newest     requests // the newest page's
	live       requests // the session's, as of its log-in

	facts    exact.UserToken // of the live session
	person   string          // who signed in last
	signedIn bool            // anybody has
	others   bool            // more than one person has

	pages    []*page // in the order in which they connected
	sequence int64   // of the last snapshot
	cause    int64   // connection whose doing the last change was

	attempts map[int]*attempt // log-ins that are not settled
	attempt  int              // the last one's number
	extends  []extension      // calls that wait for the same answer
	failure  *exact.Error     // of the last keep-alive that failed

	sent   map[int64]request // requests that are not answered
	nextID int64
	wakeAt int64 // session time for which the timer is set, 0 none
}

// requests are the parts of a policy that the client carries out.
type requests struct {
	keepAlive *exact.Template
	verify    *exact.Template
}

// attempt is one call of login.
type attempt struct {
	call, connection int64
	login            exact.Login
	password         int64
	request          int64           // its id, 0 before it is sent
	token            exact.UserToken // once it is answered
	failure          *exact.Error    // once it has failed
}

// extension is one call of extend.
type extension struct{ call, connection int64 }

// request is what an unanswered request is for.
type request struct {
	kind    kind
	attempt int // of a log-in
	id      int // the machine's, of verify and keepAlive
}

type kind int

const (
	login kind = iota
	verify
	keepAlive
	revoke
)

// New returns a client that is signed out and has no page.
func New(realm Realm) *Client {
	return &Client{realm: realm, attempts: map[int]*attempt{}, sent: map[int64]request{}}
}

// Connect adds a page. The first one's options configure the session; a later
// one must agree with them in what identifies it. While nobody is signed in
// and no page is there, the next may bring others.
func (c *Client) Connect(connection int64, options any) *Problem {
	o, problem := ReadOptions(options)
	if problem != nil {
		return problem
	}
	c.remove(connection)
	if len(c.pages) == 0 && len(c.attempts) == 0 && !c.view(0).Live() {
		c.configured = false
	}
	if c.configured {
		if option := c.identity.differs(o.Identity); option != "" {
			return &Problem{
				Code:    exact.AlreadyConfigured,
				Message: "The running session has another value for the option " + option + ". Use the same value in every page, another name, or close the other pages and sign out.",
				Option:  option,
			}
		}
	}
	c.configured = true
	c.identity = o.Identity
	c.newest = requests{keepAlive: o.KeepAlive, verify: o.Verify}
	c.step(0, session.Configured{Policy: o.Policy})
	p := &page{connection: connection, watch: session.Watch{WarnBefore: o.WarnBefore}}
	c.pages = append(c.pages, p)
	now := c.now()
	c.welcome(p, now)
	c.rearm(now, true)
	return nil
}

// Disconnect removes a page. A log-in that it began is dropped with it.
func (c *Client) Disconnect(connection int64) {
	c.remove(connection)
	for number, a := range c.attempts {
		if a.connection == connection {
			c.step(0, session.LoginCanceled{Attempt: number})
		}
	}
}

func (c *Client) remove(connection int64) {
	for i, p := range c.pages {
		if p.connection == connection {
			c.pages = append(c.pages[:i:i], c.pages[i+1:]...)
			return
		}
	}
}

// Login signs a person in. password is the host's handle.
func (c *Client) Login(call, connection int64, email string, password int64) {
	a := &attempt{
		call:       call,
		connection: connection,
		login:      exact.Login{Email: email, Application: c.identity.Application, Mode: c.identity.Mode},
		password:   password,
	}
	if c.page(connection) == nil {
		c.realm.Settle(call, Snapshot{}, exact.Fail("login", exact.Disposed))
		return
	}
	if err := a.login.Check(); err != nil {
		c.realm.Settle(call, Snapshot{}, err)
		return
	}
	c.attempt++
	c.attempts[c.attempt] = a
	c.step(connection, session.LoginStarted{Attempt: c.attempt, Wall: c.realm.Wall()})
}

// Cancel drops a log-in: whatever its answer, nobody is signed in by it.
func (c *Client) Cancel(call int64) {
	for number, a := range c.attempts {
		if a.call == call {
			c.step(a.connection, session.LoginCanceled{Attempt: number})
			return
		}
	}
}

// Logout ends the session, with or without a network.
func (c *Client) Logout(call, connection int64) {
	c.step(connection, session.End{Reason: session.ReasonLogout})
	c.realm.Settle(call, c.Snapshot(connection), nil)
}

// Extend asks the server for more time, once for all who ask meanwhile.
func (c *Client) Extend(call, connection int64) {
	c.step(connection, session.Look{}) // what has ended cannot be extended
	if c.view(0).Live() && !c.fillable(c.live.keepAlive) {
		c.realm.Settle(call, Snapshot{}, exact.Fail("extend", exact.ExtendUnavailable))
		return
	}
	c.extends = append(c.extends, extension{call, connection})
	c.step(connection, session.Extend{})
}

// Pass says whether a page's request may go out, and with which token.
func (c *Client) Pass(origin, method string, background bool) Pass {
	now := c.now()
	if !c.identity.allows(origin) {
		return Pass{Start: now, Refuse: exact.Forbidden}
	}
	p := c.machine.Decide(now, background)
	if p.Refuse != "" {
		c.Look() // if the session is over, the pages may not know it yet
	}
	return Pass{
		Secret:    int64(p.Secret),
		Epoch:     int64(p.Epoch),
		Start:     p.Start,
		Refuse:    exact.Code(p.Refuse),
		Cacheable: p.Refuse == "" && !c.others,
	}
}

// Observed reports what came of a request that passed.
func (c *Client) Observed(epoch, secret, start int64, status int, slides bool) {
	c.step(0, session.Observed{Epoch: int(epoch), Secret: int(secret), Start: start, Status: status, Slides: slides})
}

// Present reports that the person did something.
func (c *Client) Present(connection int64) { c.step(connection, session.Present{}) }

// Look judges the state again: time has passed, a page was shown, a network
// came back.
func (c *Client) Look() { c.step(0, session.Look{}) }

// End ends the session for a reason that only the host knows.
func (c *Client) End(reason string) {
	switch r := session.Reason(reason); r {
	case session.ReasonLastTabClosed, session.ReasonUpdated, session.ReasonWorkerCrashed:
		c.step(0, session.End{Reason: r})
	}
}

// Snapshot returns the session as it is now, for one page.
func (c *Client) Snapshot(connection int64) Snapshot {
	c.Look()
	var warnBefore int64
	if p := c.page(connection); p != nil {
		warnBefore = p.watch.WarnBefore
	}
	return c.snapshot(c.view(warnBefore))
}

func (c *Client) page(connection int64) *page {
	for _, p := range c.pages {
		if p.connection == connection {
			return p
		}
	}
	return nil
}

// now reads the clock; this is the one place where that is done.
func (c *Client) now() int64 {
	c.wall = c.realm.Wall()
	c.clock = c.clock.Read(c.wall, c.realm.Monotonic())
	return c.clock.Now()
}

func (c *Client) view(warnBefore int64) session.View { return c.machine.View(c.now(), warnBefore) }

func (c *Client) fillable(t *exact.Template) bool {
	if t == nil {
		return false
	}
	_, _, _, err := t.Fill(c.facts.Account, c.facts.User)
	return err == nil
}
