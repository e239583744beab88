package e2e

import (
	"strings"
	"testing"
)

func TestGateway_partnersAnswerPagesOfSignedInPeople(t *testing.T) {
	each(t, func(t *testing.T, i isolation) {
		s := newServer(t, "-gateway", "demo")
		b := newBrowser(t, s)
		b.allow("the server responded with a status of 401", "the server responded with a status of 403")
		p := b.visit(i, options{"allow": []string{s.page}})
		p.do(`document.cookie = "page=1";`)

		const bookings = "/gateway/su/SUAPI/jservice/Bookings"
		ask := func(method, path string) answer {
			t.Helper()
			return eval[answer](p, `
				const response = await exact.fetch(args[1], { method: args[0], body: args[0] === "POST" ? "{}" : undefined });
				return { status: response.status, total: response.headers.get("content-type"), text: await response.text() };`, method, path)
		}
		p.fails(`await exact.fetch(args[0], { method: "POST" });`, bookings).code(t, "signed-out")

		p.login(demo, demoPassword)
		if got := ask("POST", bookings); got.Status != 200 || !strings.Contains(got.Text, "SU-1001") {
			t.Errorf("bookings: %+v", got)
		}
		if got := ask("GET", "/gateway/xcover/api/partners/DEMO/offers"); got.Status != 200 || !strings.Contains(got.Text, "offer-1") {
			t.Errorf("offers: %+v", got)
		}
		if got := ask("GET", "/gateway/su/status"); got.Status != 200 || !strings.Contains(got.Text, `"valid":true`) || strings.Contains(got.Text, "sandbox_") {
			t.Errorf("status: %+v", got)
		}
		if got := ask("POST", "/gateway/su/validate"); got.Status != 200 || !strings.Contains(got.Text, `"valid":true`) {
			t.Errorf("validate: %+v", got)
		}
		if got := ask("POST", "/gateway/su/SUAPI/jservice/Reservation"); got.Status != 403 || got.Total != "application/problem+json" {
			t.Errorf("a call that is not allowed: %+v", got)
		}
		p.login("viewer@exactlogin.test", "sandbox-viewer")
		if got := ask("POST", bookings); got.Status != 403 || !strings.Contains(got.Text, `"forbidden"`) {
			t.Errorf("without the permission: %+v", got)
		}

		// Without the session's fetch nothing gets through.
		got := eval[answer](p, `
			const response = await fetch(args[0], { method: "POST" });
			return { status: response.status, total: "", text: await response.text() };`, bookings)
		if got.Status != 401 || !strings.Contains(got.Text, "signed-out") {
			t.Errorf("without a session: %+v", got)
		}
	})
}

func TestGateway_theExample(t *testing.T) {
	parallel(t)
	s := newServer(t, "-gateway", "demo")
	b := newBrowser(t, s)
	p := b.open("/web/examples/gateway/")
	p.waitFor(`return !document.getElementById("login").hidden;`)
	p.do(`
		const form = document.getElementById("login");
		form.email.value = args[0];
		form.password.value = args[1];
		form.requestSubmit();`, demo, demoPassword)
	p.waitFor(`return !document.getElementById("signed-in").hidden;`)
	for button, want := range map[string]string{"bookings": "SU-1001", "offers": "offer-2", "status": `"kind": "su"`} {
		p.do(`document.getElementById(args[0]).click();`, button)
		p.waitFor(`return document.getElementById("answer").textContent.includes(args[0]);`, want)
	}
	p.do(`document.getElementById("logout").click();`)
	p.waitFor(`return !document.getElementById("login").hidden && document.getElementById("answer").textContent === "";`)
}
