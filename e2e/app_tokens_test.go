package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// makeInConsole makes a token in the console's section that is open, and returns the secret it shows.
func makeInConsole(p *realm, label, permission string) string {
	p.b.t.Helper()
	p.do(`document.querySelector("#token-label").focus();`)
	p.press(label)
	p.click(".checks input[value='" + permission + "']")
	p.click("#make-token")
	return await[string](p, `value !== ""`, `return document.querySelector("#secret")?.value ?? "";`)
}

// noSecret waits until the console shows no secret, and searches the page for this one.
func noSecret(p *realm, after, secret string) {
	p.b.t.Helper()
	p.waitFor(`return !document.querySelector("#secret");`)
	page := eval[string](p, `return document.documentElement.outerHTML + Array.from(document.querySelectorAll("input"), ({ value }) => value);`)
	if strings.Contains(page, secret) {
		p.b.t.Errorf("the secret is still in the page after %s", after)
	}
}

func TestU3_theConsolesTokensAreLimitedToOnesOwnPermissionsAndWorkOnAServer(t *testing.T) {
	parallel(t)
	s := newServer(t)
	b := newBrowser(t, s)
	p := openApp(b, "/#tokens")
	p.enter(developer, developerPassword)
	p.shows("Application tokens")
	p.textOf("#no-tokens", "none")
	offered := eval[[]string](p, `return [...document.querySelectorAll(".checks input")].map(({ value }) => value);`)
	if got := strings.Join(offered, " "); got != "accounts.read application-tokens.create application-tokens.delete application-tokens.read charges.read" {
		t.Errorf("offered are %s, want the person's own permissions", got)
	}

	secret := makeInConsole(p, "till", "charges.read")
	if got := asServer(s, secret, "/account/"+mainID+"/payments"); got != 200 {
		t.Errorf("the API answers %d to the token that is shown, want 200", got)
	}
	if got := asServer(s, secret, "/account/"+mainID); got != 401 {
		t.Errorf("the API answers %d beyond its permissions, want 401", got)
	}
	p.textOf("#token-list", "till")
	if n := len(s.requests("POST", tokensPath)); n != 1 {
		t.Errorf("%d requests made one token", n)
	}

	// The first click asks; leaving is no answer.
	p.click("#token-list button")
	p.textOf("#token-list button", "Really revoke")
	p.click("a[href='#session']")
	p.shows("Session")
	noSecret(p, "the section was left", secret)
	p.click("a[href='#tokens']")
	p.shows("Application tokens")
	noSecret(p, "the section was entered again", secret)
	await[string](p, `value === "Revoke"`, `return document.querySelector("#token-list button")?.textContent ?? "";`)
	if got := asServer(s, secret, "/account/"+mainID+"/payments"); got != 200 {
		t.Errorf("the API answers %d to the token that nobody has revoked", got)
	}
	p.do(`document.querySelector("#token-list button").focus();`)
	p.press(kb.Enter)
	p.textOf("#token-list button", "Really revoke")
	p.press(kb.Enter)
	p.textOf("#no-tokens", "none")
	if got := asServer(s, secret, "/account/"+mainID+"/payments"); got != 401 {
		t.Errorf("the API answers %d to the token that was revoked, want 401", got)
	}
}

func TestU3_theConsolesSecretGoesWithThePageAndWithTheSession(t *testing.T) {
	parallel(t)
	s := newServer(t)
	b := newBrowser(t, s)
	p := openApp(b, "/#tokens")
	p.enter(developer, developerPassword)
	p.shows("Application tokens")

	first := makeInConsole(p, "first", "charges.read")
	asServer(s, first, "/status") // from now on every page is searched for it
	p.do(`dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true }));`)
	noSecret(p, "the page was left", first)
	p.do(`dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));`)

	second := makeInConsole(p, "second", "charges.read")
	asServer(s, second, "/status")
	p.click("#log-out")
	p.viewOf("form")
	noSecret(p, "a log-out", second)
	p.enter(developer, developerPassword)
	p.shows("Application tokens")
	p.textOf("#token-list", "second")
	noSecret(p, "the next log-in", second)
}

func TestU3_theConsoleSaysWhatTheAPIFoundWrongWithAToken(t *testing.T) {
	parallel(t)
	s := newServer(t)
	b := newBrowser(t, s)
	b.allow("Failed to load resource")
	p := openApp(b, "/#tokens")
	p.enter(developer, developerPassword)
	p.shows("Application tokens")
	p.textOf("#no-tokens", "none")
	s.set(switches{"status": map[string]any{
		"code": 400, "path": "/application/", "method": "POST", "times": 1,
		"body": `{"issues":[{"code":"custom","path":["label"],"message":"<b>is taken</b>"}],"name":"ZodError"}`,
	}})
	p.do(`document.querySelector("#token-label").focus();`)
	p.press("till")
	p.click(".checks input[value='charges.read']")
	p.click("#make-token")
	p.textOf("#token-form .problem:not([hidden])", "label: <b>is taken</b>")
	s.set(switches{"status": map[string]any{"code": 404, "path": "/application/", "method": "DELETE", "times": 1}})
	p.click("#make-token") // what was entered is still there
	p.waitFor(`return document.querySelector("#secret");`)
	p.textOf("#token-list", "till")
	p.click("#token-list button")
	p.textOf("#token-list button", "Really revoke")
	p.click("#token-list button")
	p.textOf(".card .problem:not([hidden])", "The token was not revoked: not found")
}
