package e2e

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// press types keys into whatever has the focus.
func (r *realm) press(keys string) {
	r.b.t.Helper()
	ctx, cancel := context.WithTimeout(r.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.KeyEvent(keys)); err != nil {
		r.b.t.Fatalf("%s: typing: %v", r.name, err)
	}
}

// withElement opens the blank page, whose policy is the strictest, with a field that holds unsaved work and the element.
// setup is a script that gets the element as `login` before it is in the page.
func withElement(b *browser, setup string) *realm {
	b.t.Helper()
	p := b.open(inWorker.path())
	p.do(`
		await import("/web/dist/exact-login.js");
		document.body.insertAdjacentElement("beforeend", Object.assign(document.createElement("textarea"), { id: "work", value: "unsaved" }));
		const login = document.createElement("exact-login");
		login.setAttribute("api", args[0]);
		globalThis.told = [];
		for (const type of ["login", "logout", "expiring", "error"]) {
			login.addEventListener(type, (e) => told.push(type + " " + (e.detail?.code ?? e.detail?.state ?? "")));
		}
		`+setup+`
		document.body.append(login);`, b.s.sandbox)
	p.waitFor(`return document.querySelector("exact-login").client;`)
	return p
}

// viewOf waits for the element to show this.
func (r *realm) viewOf(view string) {
	r.b.t.Helper()
	await[string](r, `value === "`+view+`"`, `return document.querySelector("exact-login").view;`)
}

// enter fills in the form by keyboard and sends it with Enter.
func (r *realm) enter(email, password string) {
	r.b.t.Helper()
	r.do(`
		const field = document.querySelector("exact-login input[name=email]");
		field.focus();
		field.select();`)
	r.press(email + kb.Tab + password + kb.Enter)
}

// focused tells what has the focus: its id, name or text.
func (r *realm) focused(want string) {
	r.b.t.Helper()
	await[string](r, `value === "`+want+`"`, `const e = document.activeElement; return e.id && !e.closest("exact-login") ? e.id : e.name || e.textContent;`)
}

func TestU1_refusalsAreSaidInWordsAndTiedToTheirFields(t *testing.T) {
	parallel(t)
	s := newServer(t)
	b := newBrowser(t, s)
	b.allow("Failed to load resource", "CORS policy")
	p := withElement(b, "")
	message := `const e = document.querySelector("exact-login .exact-login__error"); return e.hidden ? "" : e.firstElementChild.textContent;`

	p.do(`document.querySelector("exact-login").focus();`)
	p.press(kb.Enter)
	p.waitFor(`
		return ["email", "password"].every((name) => {
			const field = document.querySelector("input[name=" + name + "]");
			return field.getAttribute("aria-invalid") === "true"
				&& document.getElementById(field.getAttribute("aria-describedby")).textContent.startsWith("Enter your " + name);
		});`)
	p.focused("email")

	wrong := ""
	for _, refusal := range []struct{ email, password, says string }{
		{demo, wrongPassword, "Check your email address and password"},
		{"nobody@exactlogin.test", wrongPassword, "Check your email address and password"},
		{"invited@exactlogin.test", "sandbox-invited", "Check your email address and password"},
		{"expired@exactlogin.test", "sandbox-expired", "Your password has expired"},
		{"locked@exactlogin.test", "sandbox-locked", "Your account is locked"},
	} {
		p.enter(refusal.email, refusal.password)
		text := await[string](p, `value.startsWith("`+refusal.says+`")`, message)
		if !strings.HasPrefix(refusal.says, "Check") {
			continue
		}
		if wrong != "" && text != wrong {
			t.Errorf("%s is told %q, another %q: it must be one text for all", refusal.email, text, wrong)
		}
		wrong = text
		p.waitFor(`
			const field = document.querySelector("input[name=password]");
			return field.value === "" && document.activeElement === field && field.getAttribute("aria-invalid") === "true"
				&& document.getElementById(field.getAttribute("aria-describedby")).textContent.startsWith("Check");`)
	}

	s.set(switches{"cors": false})
	p.enter(demo, demoPassword)
	await[string](p, `value.startsWith("The service could not be reached")`, message)
	p.waitFor(`
		const hint = document.querySelector("exact-login details");
		return !hint.hidden && hint.textContent.includes("CORS") && document.querySelector("exact-login [type=submit]").textContent === "Try again";`)

	// What is still filled in is sent again by one key.
	s.set(switches{"cors": true})
	p.do(`document.querySelector("exact-login [type=submit]").focus();`)
	p.press(kb.Enter)
	p.viewOf("signed-in")
	p.waitFor(`return document.querySelector("input[name=password]").value === "";`)
	p.waitFor(`return told.includes("login active") && told.includes("error locked") && told.includes("error network");`)
}

func TestU1_aRateLimitCountsDown(t *testing.T) {
	parallel(t)
	s := newServer(t)
	b := newBrowser(t, s)
	b.allow("Failed to load resource")
	p := withElement(b, "")
	s.set(switches{"expose": []string{"Retry-After"}, "status": map[string]any{
		"code": 429, "path": "/token", "headers": map[string]string{"Retry-After": "600"},
	}})
	p.enter(demo, demoPassword)
	text := `return document.querySelector(".exact-login__error").textContent;`
	await[string](p, `/again in (10|9) minutes/.test(value)`, text)
	p.waitFor(`return document.querySelector("exact-login [type=submit]").disabled;`)
	b.advance(10 * time.Minute)
	await[string](p, `value.includes("You can try again now")`, text)
	p.waitFor(`return !document.querySelector("exact-login [type=submit]").disabled;`)
	if n := len(s.requests("POST", "/token")); n != 1 {
		t.Errorf("%d log-ins were sent, want 1: nobody asked for another", n)
	}
}

func TestU2_theWarningIsSpokenAndOneKeyStaysSignedIn(t *testing.T) {
	parallel(t)
	s := newServer(t)
	b := newBrowser(t, s)
	p := withElement(b, `login.keepAlive = "/account/{account}";`)
	p.enter(demo, demoPassword)
	p.viewOf("signed-in")
	p.do(`document.querySelector("#work").focus();`)
	b.worker()

	// Time goes on meanwhile, so each step is reckoned from what is left.
	until := func(left time.Duration) {
		t.Helper()
		now := eval[float64](p, `return document.querySelector("exact-login").client.session.remainingMs;`)
		b.advance(time.Duration(now)*time.Millisecond - left)
	}
	until(4*time.Minute + 55*time.Second)
	p.viewOf("warning")
	p.waitFor(`
		const dialog = document.querySelector("dialog[open]");
		return dialog.matches(":modal") && dialog.getAttribute("role") === "alertdialog"
			&& document.getElementById(dialog.getAttribute("aria-labelledby")).textContent !== ""
			&& document.getElementById(dialog.getAttribute("aria-describedby")).textContent !== "";`)
	p.focused("Stay signed in")
	spoken := `return document.querySelector(".exact-login__live").textContent;`
	await[string](p, `value.includes("4 minutes")`, spoken)
	until(119 * time.Second)
	await[string](p, `value === "You will be logged out in 2 minutes."`, spoken)
	until(59 * time.Second)
	await[string](p, `value === "You will be logged out in 1 minute."`, spoken)

	before := len(s.requests("GET", ""))
	p.press(kb.Enter)
	p.viewOf("signed-in")
	p.focused("work")
	if sent := s.requests("GET", "")[before:]; len(sent) != 1 || !strings.HasPrefix(sent[0].Path, "/account/") {
		t.Errorf("staying signed in sent %+v, want the one request of keepAlive", sent)
	}
}

func TestU2_afterAnEndThePasswordIsAskedForAboveTheWork(t *testing.T) {
	parallel(t)
	s := newServer(t)
	b := newBrowser(t, s)
	b.allow("Failed to load resource")
	p := withElement(b, "")
	p.enter(demo, demoPassword)
	p.viewOf("signed-in")
	p.do(`document.querySelector("#work").focus();`)
	p.press("!")
	b.worker()

	b.advance(2*time.Hour + time.Minute)
	p.viewOf("again")
	p.focused("password")
	p.waitFor(`
		const dialog = document.querySelector("dialog[open]");
		return dialog.matches(":modal") && dialog.textContent.includes("session expired")
			&& dialog.querySelector("input[name=email]").value === args[0];`, demo)
	p.press(wrongPassword + kb.Enter)
	await[string](p, `value.startsWith("Check your email")`, `return document.querySelector("dialog .exact-login__error").textContent;`)
	p.focused("password")
	p.press(demoPassword + kb.Enter)
	p.viewOf("signed-in")
	p.focused("work")
	if work := eval[string](p, `return document.querySelector("#work").value;`); work != "unsaved!" && work != "!unsaved" {
		t.Errorf("the unsaved work is %q afterwards", work)
	}

	// Whoever does not want to goes on without: the form stays in its place.
	b.advance(2*time.Hour + time.Minute)
	p.viewOf("again")
	p.press(kb.Escape)
	p.viewOf("form")
	p.focused("work")
	p.waitFor(`return document.querySelector("dialog[open]") === null && document.querySelector(".exact-login__notice").textContent.includes("session expired");`)
	p.waitFor(`return JSON.stringify(told.filter((t) => !t.startsWith("error"))) === '["login active","logout expired","login active","logout expired"]';`)
}

func TestU1_optionsTextsAndRegionsAreThePages(t *testing.T) {
	parallel(t)
	s := newServer(t)
	b := newBrowser(t, s)
	p := withElement(b, `
		const { default: german } = await import("/web/dist/exact-login.de.js");
		login.texts = german;
		login.lifetime = 3_600_000;
		login.setAttribute("warn-before", "60000");
		login.setAttribute("keep-alive", "/status");
		login.append(Object.assign(document.createElement("p"), { id: "help", textContent: "Hilfe" }));
		login.lastChild.dataset.exact = "help";`)
	p.waitFor(`
		const login = document.querySelector("exact-login");
		return login.querySelector("[type=submit]").textContent === "Anmelden" && login.querySelector("form #help")
			&& login.warnBefore === 60000 && login.lifetime === 3_600_000 && login.keepAlive === "/status";`)
	p.enter(demo, demoPassword)
	p.viewOf("signed-in")
	left := eval[float64](p, `return document.querySelector("exact-login").client.session.remainingMs;`)
	if left <= 0 || left > 3_600_000 {
		t.Errorf("%v ms are left, want at most the hour that was set", left)
	}
	p.waitFor(`return document.querySelector(".exact-login__signed-in").textContent.includes("Sie sind angemeldet");`)

	// Being moved keeps the client; being removed lets go of it.
	p.do(`
		const login = document.querySelector("exact-login"), { client } = login;
		document.body.prepend(login);
		await new Promise((resolve) => setTimeout(resolve));
		if (login.client !== client) throw new Error("the client changed with the element's place");
		login.remove();
		await new Promise((resolve) => setTimeout(resolve));
		if (login.client !== null) throw new Error("the client is kept by an element that is gone");
		document.body.append(login);`)
	p.viewOf("signed-in")
}

func TestU1_aWrongOptionIsShownAndNothingIsSent(t *testing.T) {
	parallel(t)
	b := newBrowser(t, newServer(t))
	p := b.open(inWorker.path())
	p.do(`
		await import("/web/dist/exact-login.js");
		const login = document.createElement("exact-login");
		login.setAttribute("api", args[0]);
		login.setAttribute("lifetime", "soon");
		document.body.append(login);`, b.s.sandbox)
	p.waitFor(`
		const text = document.querySelector("exact-login .exact-login__error").textContent;
		return text.startsWith("This sign-in form is not set up correctly") && text.includes("lifetime");`)
}

func TestU1_theFormStandsStillWhileTheProgramLoads(t *testing.T) {
	parallel(t)
	b := newBrowser(t, newServer(t))
	p := withElement(b, "")
	place := `const r = document.querySelector("exact-login [type=submit]").getBoundingClientRect(); return [r.x, r.y, r.width, r.height].join();`
	before := eval[string](p, place)
	if workers := b.workers(); len(workers) != 0 {
		t.Error("the worker runs before anybody touched the form")
	}
	p.do(`document.querySelector("exact-login").focus();`)
	b.worker() // the first focus starts it
	p.do(`await document.querySelector("exact-login").client.preload();`)
	if after := eval[string](p, place); after != before {
		t.Errorf("the button was at %s, is at %s", before, after)
	}
}
