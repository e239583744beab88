package e2e

import "testing"

func TestL7_thePlainExampleSignsInListsPaymentsAndSignsOut(t *testing.T) {
	parallel(t)
	p := newBrowser(t, newServer(t)).open("/web/examples/plain/")
	p.waitFor(`return !document.getElementById("login").hidden;`)
	fill := `
		const form = document.getElementById("login");
		form.email.value = args[0];
		form.password.value = args[1];
		form.requestSubmit();`
	p.do(fill, demo, "not the password")
	p.waitFor(`return document.getElementById("message").textContent !== "" && !document.querySelector("#login button").disabled;`)
	p.do(fill, demo, demoPassword)
	p.waitFor(`return document.querySelectorAll("#payments tr").length === 10;`)
	if empty := eval[int](p, `return [...document.querySelectorAll("#payments td")].filter((cell) => !cell.textContent || cell.textContent.includes("NaN")).length;`); empty > 0 {
		t.Errorf("%d cells of the table say nothing", empty)
	}
	if left := eval[string](p, `return document.getElementById("login").password.value;`); left != "" {
		t.Error("the form keeps the password")
	}
	p.do(`document.getElementById("logout").click();`)
	p.waitFor(`return !document.getElementById("login").hidden && document.querySelectorAll("#payments tr").length === 0;`)
}
