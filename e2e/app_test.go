package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp/kb"
)

// openApp opens the hosted login page and waits until its form can be used.
func openApp(b *browser, path string) *realm {
	b.t.Helper()
	p := b.open(path)
	p.waitFor(`return document.querySelector("exact-login").client;`)
	return p
}

// shows waits until the console shows this section.
func (r *realm) shows(title string) {
	r.b.t.Helper()
	await[string](r, `value === "`+title+`"`, `const h = document.querySelector("#section-heading"); return h.checkVisibility() ? h.textContent : "";`)
}

// click clicks on what the selector finds first.
func (r *realm) click(selector string) {
	r.b.t.Helper()
	r.waitFor(`
		const e = document.querySelector(args[0]);
		if (!e || e.disabled) return false;
		e.click();
		return true;`, selector)
}

// textOf waits until what the selector finds contains the text.
func (r *realm) textOf(selector, text string) {
	r.b.t.Helper()
	await[string](r, `value.includes(args[1])`, `return document.querySelector(args[0])?.textContent ?? "";`, selector, text)
}

func TestU3_theHostedPageByKeyboard(t *testing.T) {
	parallel(t)
	s := newServer(t)
	b := newBrowser(t, s)
	b.allow("Failed to load resource")
	p := openApp(b, "/")

	p.enter(demo, wrongPassword)
	p.textOf(".exact-login__error", "Check your email address and password")
	p.focused("password")
	p.press(demoPassword + kb.Enter)
	p.shows("Session")
	p.focused("section-heading")
	p.textOf("#state", "Signed in")
	p.textOf("#remaining", "min")
	p.textOf("#permission-count", "84 of 84")
	p.do(`document.querySelector("#permission-query").focus();`)
	p.press("charges read")
	p.textOf("#permission-count", "2 of 84")

	p.do(`document.querySelector("a[href='#payments']").focus();`)
	p.press(kb.Enter)
	p.shows("Payments")
	p.textOf("#payments-range", "Payments 1 to 20 of 320")
	p.waitFor(`return document.querySelectorAll("#payments tbody tr").length === 20 && document.querySelector("svg.chart rect");`)
	p.click("#next")
	p.textOf("#payments-range", "Payments 21 to 40 of 320")
	p.click("[data-field=amount]")
	p.textOf("#payments-range", "Payments 1 to 20 of 320")
	p.waitFor(`
		const amounts = [...document.querySelectorAll("#payments td.number")].map((td) => parseFloat(td.textContent.replaceAll(",", "")));
		return amounts.length === 20 && amounts.every((a, i) => i === 0 || amounts[i - 1] >= a)
			&& document.querySelector("#payments th[aria-sort=descending] [data-field=amount]");`)

	p.reload()
	p.shows("Payments")
	p.textOf("#payments-range", "Payments 1 to 20 of 320")
	if n := len(s.requests("POST", "/token")); n != 2 {
		t.Errorf("%d log-ins were sent, want the two that were typed", n)
	}

	p.do(`document.querySelector("#log-out").focus();`)
	p.press(kb.Enter)
	p.viewOf("form")
	p.textOf(".exact-login__notice", "You have logged out")
	p.focused("email")
	p.waitFor(`return !document.querySelector("#console").checkVisibility() && !document.querySelector("#console").textContent.includes("INV-");`)
}

func TestU2_theHostedPageWarnsEndsAndGoesOn(t *testing.T) {
	parallel(t)
	s := newServer(t)
	b := newBrowser(t, s)
	p := openApp(b, "/#api")
	p.enter(demo, demoPassword)
	p.shows("API console")
	p.do(`
		const path = document.querySelector("#path");
		path.focus();
		path.select();`)
	p.press("/status")
	b.worker()

	b.advance(2*time.Hour - 4*time.Minute)
	p.viewOf("warning")
	p.press(kb.Enter)
	p.viewOf("signed-in")
	p.focused("path")

	b.advance(2*time.Hour + time.Minute)
	p.viewOf("again")
	p.textOf("dialog[open]", "session expired")
	p.press(demoPassword + kb.Enter)
	p.viewOf("signed-in")
	p.focused("path")
	if path := eval[string](p, `return document.querySelector("#path").value;`); path != "/status" {
		t.Errorf("the path that was typed is %q afterwards", path)
	}
	p.click("a[href='#session']")
	p.shows("Session")
	p.textOf(".facts", "the session expired")
	p.click("a[href='#events']")
	p.textOf(".timeline", "The session is about to end")
	p.textOf(".timeline", "The session lasts longer again")
}

func TestU3_theConsoleSendsAndShowsWhatComes(t *testing.T) {
	parallel(t)
	s := newServer(t)
	b := newBrowser(t, s)
	b.allow("Failed to load resource")
	p := openApp(b, "/#api")
	p.enter(demo, demoPassword)
	p.shows("API console")
	p.click("#send")
	p.textOf("#status", "200")
	p.textOf("#answer-body", `"currency": "USD"`)

	write := func(selector, text string) {
		p.do(`
			const field = document.querySelector(args[0]);
			field.value = args[1];
			field.dispatchEvent(new Event("input", { bubbles: true }));`, selector, text)
	}
	// An answer is shown while it is on its way, and can be cut.
	write("#path", "/_fixture/gate/console")
	p.click("#send")
	s.call("POST", s.sandbox+"/_fixture/gate/console/next?body=first", nil, nil)
	p.textOf("#answer-body", "first")
	p.click("#abort")
	p.textOf(".problem:not([hidden])", "Abort")
	eventually(t, "the connection to close", func() bool {
		var state struct{ Closed bool }
		s.call("GET", s.sandbox+"/_fixture/gate/console/state", nil, &state)
		return state.Closed
	})

	write("#path", "/account/other")
	p.click("#send")
	p.textOf("#status", "401")
	p.textOf("#answer-state", " in ")
	write("#headers", "no header")
	p.click("#send")
	p.textOf("#request .problem:not([hidden])", "is not a header")
	p.textOf(".history", "GET /_fixture/gate/console")
	p.viewOf("signed-in")
}

func TestU3_nothingOfTheFormerPersonIsLeft(t *testing.T) {
	parallel(t)
	s := newServer(t)
	b := newBrowser(t, s)
	b.allow("Failed to load resource")
	p := openApp(b, "/#payments")
	p.enter(demo, demoPassword)
	p.textOf("#payments", "INV-")
	p.click("#log-out")
	p.viewOf("form")
	p.enter("viewer@exactlogin.test", "sandbox-viewer")
	p.shows("Payments")
	p.textOf(".problem:not([hidden])", "may not read the payments")
	p.waitFor(`return !document.querySelector("#console").textContent.includes("INV-");`)
}

func TestU3_noAnswerIsCachedAndNoWorkerWatches(t *testing.T) {
	parallel(t)
	s := newServer(t)
	b := newBrowser(t, s)
	p := openApp(b, "/#payments")
	p.enter(demo, demoPassword)
	p.textOf("#payments", "INV-")
	p.reload()
	p.textOf("#payments", "INV-")
	if kept := eval[[]string](p, `return await caches.keys();`); len(kept) != 0 {
		t.Errorf("the page's caches are %q, want none", kept)
	}
	scopes := eval[[]string](p, `return (await navigator.serviceWorker.getRegistrations()).map((r) => new URL(r.scope).pathname);`)
	for _, scope := range scopes {
		if scope != "/web/dist/" {
			t.Errorf("a service worker watches %s", scope)
		}
	}
	manifest := eval[string](p, `
		const manifest = await (await fetch(document.querySelector("link[rel=manifest]").href)).json();
		for (const { src } of manifest.icons) {
			const response = await fetch(src);
			if (!response.ok || new URL(response.url).origin !== location.origin) throw new Error(src);
		}
		return manifest.display;`)
	if manifest != "standalone" {
		t.Errorf("the manifest's display is %q", manifest)
	}
}

func TestU3_narrowAndWideNothingOverflows(t *testing.T) {
	parallel(t)
	b := newBrowser(t, newServer(t))
	p := openApp(b, "/")
	fits := func(what string) {
		t.Helper()
		for _, width := range []int64{320, 1280} {
			call(p, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: 800, DeviceScaleFactor: 1})
			p.waitFor(`return innerWidth === args[0];`, width)
			if wide := eval[int64](p, `return document.documentElement.scrollWidth;`); wide > width {
				t.Errorf("%s is %d px wide in a window of %d", what, wide, width)
			}
		}
	}
	fits("the form")
	p.enter(demo, demoPassword)
	p.shows("Session")
	for _, section := range []string{"session", "payments", "api", "events", "tokens", "settings", "sandbox"} {
		p.click("a[href='#" + section + "']")
		p.waitFor(`return location.hash === args[0] && document.querySelector("a[aria-current]").hash === args[0];`, "#"+section)
		if section == "payments" {
			p.textOf("#payments", "INV-")
		}
		fits(section)
	}
}

func TestU3_theSandboxsSwitchesAreControls(t *testing.T) {
	parallel(t)
	s := newServer(t)
	b := newBrowser(t, s)
	b.allow("Failed to load resource")
	p := openApp(b, "/#sandbox")
	p.enter(demo, demoPassword)
	p.shows("Sandbox")
	p.textOf("#pending", "as always")
	p.click("#fail")
	p.textOf("#pending", "The next 1 requests get 503")
	p.click("a[href='#payments']")
	p.textOf(".problem:not([hidden])", "the API answered 503")

	// The people are a click away, and their passwords are shown to who asks alone.
	p.click("a[href='#sandbox']")
	p.shows("Sandbox")
	p.waitFor(`return document.querySelector("[data-person]");`)
	p.click("[data-person='1']")
	p.viewOf("form")
	p.waitFor(`return document.querySelector("input[name=password]").value !== "" && document.querySelector("exact-login").email === "viewer@exactlogin.test";`)
	p.do(`document.querySelector("exact-login [type=submit]").click();`)
	p.viewOf("signed-in")
}

func TestU3_settingsOpenThePageAnewInPageIsolation(t *testing.T) {
	parallel(t)
	s := newServer(t)
	b := newBrowser(t, s)
	p := openApp(b, "/?isolation=page&lifetime=600&warn=200#session")
	p.enter(demo, demoPassword)
	p.shows("Session")
	if n := len(b.workers()); n != 0 {
		t.Errorf("%d shared workers run, want none with page isolation", n)
	}
	left := eval[float64](p, `return document.querySelector("exact-login").client.session.remainingMs;`)
	if left <= 0 || left > 600_000 {
		t.Errorf("%v ms are left, want at most the ten minutes that were set", left)
	}
	p.click("a[href='#payments']")
	p.textOf("#payments", "INV-")
	// The chart's requests too must be over: one that begins after the clock was moved would extend the session.
	p.waitFor(`return document.querySelector("svg.chart rect");`)
	p.click("a[href='#settings']")
	p.waitFor(`return document.querySelector("#lifetime").value === "600" && document.querySelector("#isolation").value === "page";`)
	b.advance(450 * time.Second)
	p.viewOf("warning")
}

func TestU3_anApplicationTokenIsMadeShownOnceAndRevoked(t *testing.T) {
	parallel(t)
	s := newServer(t)
	b := newBrowser(t, s)
	p := openApp(b, "/#tokens")
	p.enter("developer@exactlogin.test", "sandbox-developer")
	p.shows("Application tokens")
	p.textOf("#no-tokens", "none")
	p.do(`document.querySelector("#token-label").focus();`)
	p.press("till" + kb.Tab + "charges")
	p.waitFor(`return document.querySelectorAll(".checks input").length === 1;`)
	p.click("#make-token")
	p.textOf("#token-form .problem:not([hidden])", "choose at least one permission")
	p.click(".checks input[value='charges.read']")
	p.click("#make-token")
	secret := await[string](p, `value.length === 80`, `return document.querySelector("#secret")?.value ?? "";`)
	p.textOf("#token-list", "till")
	p.click("#forget")
	p.waitFor(`return !document.querySelector("#secret");`)
	if strings.Contains(eval[string](p, `return document.documentElement.outerHTML;`), secret) {
		t.Error("the secret is still in the page after it was forgotten")
	}
	p.click("#token-list button")
	p.textOf("#token-list button", "Really revoke")
	p.click("#token-list button")
	p.textOf("#no-tokens", "none")

	// Who may not, is not offered it.
	p.click("#log-out")
	p.viewOf("form")
	p.enter("viewer@exactlogin.test", "sandbox-viewer")
	p.shows("Session")
	p.waitFor(`return !document.querySelector("a[href='#tokens']");`)
}

func TestU3_whatArrivesAfterTheSectionWasLeftIsKept(t *testing.T) {
	parallel(t)
	s := newServer(t)
	p := openApp(newBrowser(t, s), "/")
	p.enter(demo, demoPassword)
	p.shows("Session")
	s.set(switches{"latency": 300})
	p.click("a[href='#payments']")
	p.shows("Payments")
	p.click("a[href='#events']")
	p.shows("Events")
	eventually(t, "the payments to be asked for", func() bool {
		for _, r := range s.requests("GET", "") {
			if strings.HasSuffix(r.Path, "/payments") && r.Status == 200 {
				return true
			}
		}
		return false
	})
	p.click("a[href='#payments']")
	p.textOf("#payments", "INV-")
}
