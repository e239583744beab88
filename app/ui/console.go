// Package ui is the console a person sees who is signed in: their session, its payments, an API console, what happened,
// settings, and the sandbox. It is an ordinary user of the public API: `document.querySelector("exact-login").client`.
package ui

import (
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"
)

// Console is the one component of the page.
type Console struct {
	app.Compo

	// ui is the component's own context: what arrives late is dispatched through it, because go-app drops what is
	// dispatched through an element that has gone from the page since.
	ui              app.Context
	element, client app.Value // nil until they are there
	config          Config
	session         Session
	view            string // the element's
	section         string
	said            string // in the live region
	query           string // of the permissions
	extending       bool
	problem         string // of the buttons of the session
	lastEnd         string
	in              bool    // somebody is signed in, as far as the page has seen
	person          string  // whose data the page holds
	manages         bool    // that person may manage application tokens
	lastInput       float64 // ms since 1970
	entries         []entry

	payments *paymentsView
	api      *apiView
	sandbox  *sandboxView
	tokens   *tokensView
	settings *settingsView
}

// New makes the console.
func New() app.Composer {
	c := &Console{section: sections[0].name, settings: &settingsView{}, sandbox: &sandboxView{FailCode: "503", FailTimes: "1"}}
	c.forget()
	return c
}

// forget drops everything that belongs to a person.
func (c *Console) forget() {
	c.payments = &paymentsView{sort: "-createdAt"}
	c.api = &apiView{request: request{Method: "GET", Path: suggestions[0].path}}
	c.tokens = &tokensView{}
	c.query, c.problem = "", ""
}

// section is a page of the console; its name is the URL's fragment.
type section struct {
	name, title string
	shown       func(*Console) bool
	content     func(*Console) app.UI
}

var sections []section

func init() {
	always := func(*Console) bool { return true }
	sections = []section{
		{"session", "Session", always, (*Console).renderSession},
		{"payments", "Payments", always, (*Console).renderPayments},
		{"api", "API console", always, (*Console).renderAPI},
		{"events", "Events", always, (*Console).renderEvents},
		{"tokens", "Application tokens", (*Console).managesTokens, (*Console).renderTokens},
		{"settings", "Settings", always, (*Console).renderSettings},
		{"sandbox", "Sandbox", func(c *Console) bool { return c.config.Sandbox }, (*Console).renderSandbox},
	}
}

// current is the section the URL names, or the first.
func (c *Console) current() section {
	for _, s := range sections {
		if s.name == c.section && s.shown(c) {
			return s
		}
	}
	return sections[0]
}

// OnMount meets the element; its client may be there already or come later.
func (c *Console) OnMount(ctx app.Context) {
	c.ui = ctx
	c.element = app.Window().Get("document").Call("querySelector", "exact-login")
	if !c.element.Truthy() {
		return
	}
	listen(ctx, c.element, "view", func(app.Context, app.Value) { c.viewed() })
	c.attach(ctx)
	listen(ctx, c.element, "ready", func(ctx app.Context, _ app.Value) { c.attach(ctx) })
	c.lastInput = now()
	for _, event := range []string{"pointerdown", "keydown", "wheel", "touchstart"} {
		app.Window().Call("addEventListener", event, app.FuncOf(func(app.Value, []app.Value) any {
			c.lastInput = now() // shown with the next tick
			return nil
		}), map[string]any{"passive": true, "capture": true})
	}
	app.Window().Call("addEventListener", "pagehide", app.FuncOf(func(app.Value, []app.Value) any {
		c.hideSecret()
		return nil
	}))
	go c.tick(ctx)
}

// tick renders the clocks once a second, while somebody can see them. What is valid is decided at its use, never here.
func (c *Console) tick(ctx app.Context) {
	document := app.Window().Get("document")
	for range time.Tick(time.Second) {
		if c.client == nil || c.view == "form" || document.Get("hidden").Bool() {
			continue
		}
		ctx.Dispatch(c.look)
	}
}

func (c *Console) attach(ctx app.Context) {
	client := c.element.Get("client")
	if !client.Truthy() || c.client != nil {
		return
	}
	c.client = client
	c.config = configOf(c.element)
	for _, event := range []string{"change", "expiring", "extended", "expired", "unauthorized", "storage-degraded"} {
		listen(ctx, client, event, func(ctx app.Context, e app.Value) {
			c.noteEvent(event, e)
			c.look(ctx)
		})
	}
	c.note("page", "The page was opened.", sessionOf(client).State, false)
	c.look(ctx)
	c.viewed()
}

// look takes the session over into the page. What a person has typed stays through an end they did not ask for, and goes
// with the person.
func (c *Console) look(app.Context) {
	c.session = sessionOf(c.client)
	s := c.session
	switch {
	case s.alive() && (!c.in || s.User != c.person):
		if s.User != c.person {
			c.forget()
		}
		c.in, c.person, c.problem = true, s.User, ""
		c.manages = s.may("application-tokens.read") || s.may("application-tokens.create")
		c.enter()
	case !s.alive() && s.State != "restoring":
		if c.in {
			c.in, c.extending = false, false
			c.leaveTokens()
		}
		if s.Reason != "" {
			c.lastEnd = s.Reason
		}
		if c.person != "" && (s.Reason == "logout" || s.Reason == "user-changed") {
			c.person = ""
			c.forget()
		}
	}
}

// viewed follows the element: what is shown above the console, or in its place.
func (c *Console) viewed() {
	former := c.view
	c.view = c.element.Get("view").String()
	if former == "form" && c.view == "signed-in" {
		c.focusHeading() // the form, which had the focus, is gone
	}
}

// OnNav follows the URL's fragment.
func (c *Console) OnNav(ctx app.Context) {
	name := ctx.Page().URL().Fragment
	if name == "" {
		name = sections[0].name
	}
	if name == c.section {
		return
	}
	c.leaveTokens()
	c.section = name
	c.enter()
	c.focusHeading()
}

// enter loads what the section shows.
func (c *Console) enter() {
	if app.IsServer || !c.session.alive() {
		return
	}
	if c.current().name == "payments" && c.payments.list == nil && !c.payments.loading {
		c.loadPayments()
		c.loadChart()
	}
	if c.current().name == "tokens" {
		c.loadTokens()
	}
	if c.current().name == "sandbox" && c.config.Control {
		c.turnSwitch("GET", nil)
	}
}

func (c *Console) focusHeading() {
	c.ui.Defer(func(app.Context) {
		if heading := app.Window().GetElementByID("section-heading"); heading.Truthy() {
			heading.Call("focus", map[string]any{"preventScroll": true})
			app.Window().Call("scrollTo", 0, 0)
		}
		// On a phone the sections are a strip that scrolls.
		if link := app.Window().Get("document").Call("querySelector", ".sections a[aria-current]"); link.Truthy() {
			link.Call("scrollIntoView", map[string]any{"block": "nearest", "inline": "center"})
		}
	})
}

// say puts a sentence into the live region.
func (c *Console) say(text string) { c.said = text }

// copy puts a text on the clipboard and says so.
func (c *Console) copy(what, text string) {
	copyText(c.ui, text, func(_ app.Context, err error) {
		if err != nil {
			c.say("It could not be copied: " + err.Error() + ".")
			return
		}
		c.say(what + " copied.")
	})
}

func (c *Console) logOut(app.Context, app.Event) {
	settle(c.client.Call("logout"), func(app.Value) {}, func(f failure) {
		c.ui.Dispatch(func(app.Context) { c.problem = f.Error() })
	})
}

func (c *Console) extend(app.Context, app.Event) {
	if c.extending {
		return
	}
	c.extending, c.problem = true, ""
	settle(c.client.Call("extend"), func(app.Value) {
		c.ui.Dispatch(func(app.Context) {
			c.extending = false
			c.session = sessionOf(c.client)
			c.say("You are still signed in.")
		})
	}, func(f failure) {
		c.ui.Dispatch(func(app.Context) { c.extending, c.problem = false, f.Error() })
	})
}

// Render draws header, navigation and the current section.
func (c *Console) Render() app.UI {
	here := c.current()
	return app.Div().ID("console").Class("console").Body(
		app.Header().Class("top").Body(
			app.A().Class("brand").Href("#session").Body(
				app.Span().Class("brand__mark").Aria("hidden", "true").Text("e"),
				app.Span().Text("exactlogin"),
			),
			app.Div().Class("top__who").Body(
				app.Span().Class("top__account").Text(c.who()),
				app.Span().Class("top__clock").Title("Until the session ends, if nothing happens").Text(c.clock()),
			),
			app.Button().Type("button").Class("button").ID("log-out").Text("Log out").OnClick(c.logOut),
		),
		app.Nav().Class("sections").Aria("label", "Sections").Body(
			app.Ul().Body(app.Range(sections).Slice(func(i int) app.UI {
				s := sections[i]
				if !s.shown(c) {
					return nil
				}
				link := app.A().Href("#" + s.name).Text(s.title)
				if s.name == here.name {
					link = link.Aria("current", "page")
				}
				return app.Li().Body(link)
			})),
		),
		app.Main().Class("content").Body(
			app.H1().ID("section-heading").TabIndex(-1).Text(here.title),
			&pane{Name: here.name, Content: func() app.UI { return here.content(c) }},
		),
		app.P().Class("visually-hidden").Aria("live", "polite").ID("said").Text(c.said),
	)
}

func (c *Console) who() string {
	if c.session.Account == "" {
		return ""
	}
	kind := c.session.AccountType
	if kind == "" {
		kind = "account"
	}
	return kind + " " + c.session.Account
}

func (c *Console) clock() string {
	if !c.session.alive() {
		return words(states, c.session.State)
	}
	return span(c.session.RemainingMs) + " left"
}

// pane keeps the sections apart: without it one section's fields would become the next one's, with what was typed there.
type pane struct {
	app.Compo
	Name    string
	Content func() app.UI
}

// CompoID makes a section's elements be made anew.
func (p *pane) CompoID() string { return p.Name }

// Render draws the section.
func (p *pane) Render() app.UI { return p.Content() }
