package sandbox

import (
	"strings"
	"testing"
	"time"
)

func TestApplicationTokens(t *testing.T) {
	r := newRig(t, false)
	auth := r.token("developer")
	res := r.call("POST", "/application/admin-pwa/token", `{"label":"report job","permissions":["charges.read","application-tokens.create"]}`, auth)
	wantStatus(t, "create", res, 201)
	made := decode[struct {
		ID, Label, Type, Token string
		AllowedPermissions     []string
		AllowedAccounts        []string
	}](t, res)
	if made.Type != "application" || made.Label != "report job" || len(made.AllowedPermissions) != 2 || made.AllowedAccounts[0] != mainAccountID {
		t.Errorf("made %+v", made)
	}

	list := r.call("GET", "/application/admin-pwa/token", "", auth)
	if strings.Contains(list.Body.String(), made.Token) {
		t.Error("the list shows the secret")
	}
	items := decode[[]applicationToken](t, list)
	if len(items) != 1 || items[0].ID != made.ID || list.Header().Get("x-total-count") != "1" {
		t.Errorf("the list is %s", list.Body)
	}

	bearer := "Authorization: " + made.Token
	payments := "/account/" + mainAccountID + "/payments"
	r.advance(1000 * time.Hour)
	wantStatus(t, "it does not expire", r.call("GET", payments, "", bearer), 200)
	wantStatus(t, "it may no more than it was given", r.call("GET", "/account/"+mainAccountID, "", bearer), 401)
	wantStatus(t, "it makes no tokens", r.call("POST", "/application/admin-pwa/token", `{"label":"x","permissions":["charges.read"]}`, bearer), 401)
	wantStatus(t, "it does not log out", r.call("DELETE", "/token", "", bearer), 401)
	wantStatus(t, "it is not renewed", r.call("PUT", "/token", "", bearer), 401)
	r.RevokeAll()
	wantStatus(t, "it outlives people's sessions", r.call("GET", payments, "", bearer), 200)

	auth = r.token("developer")
	target := "/application/admin-pwa/token/" + made.ID
	wantStatus(t, "of another application", r.call("DELETE", "/application/exactlogin-demo/token/"+made.ID, "", auth), 404)
	wantStatus(t, "delete", r.call("DELETE", target, "", auth), 204)
	wantStatus(t, "delete again", r.call("DELETE", target, "", auth), 404)
	wantStatus(t, "it ended", r.call("GET", payments, "", bearer), 401)
}

func TestApplicationTokens_refusals(t *testing.T) {
	r := newRig(t, false)
	const good = `{"label":"x","permissions":["charges.read"]}`
	for _, test := range []struct {
		who, method, path, body string
		status                  int
	}{
		{"developer", "POST", "/application/admin-pwa/token", `{"permissions":["charges.read"]}`, 400},
		{"developer", "POST", "/application/admin-pwa/token", `{"label":"","permissions":["charges.read"]}`, 400},
		{"developer", "POST", "/application/admin-pwa/token", `{"label":"x"}`, 400},
		{"developer", "POST", "/application/admin-pwa/token", `{"label":"x","permissions":[]}`, 400},
		{"developer", "POST", "/application/admin-pwa/token", `{"label":"x","permissions":[1]}`, 400},
		{"developer", "POST", "/application/admin-pwa/token", `{"label":"x","permissions":["users.delete"]}`, 400},
		{"developer", "POST", "/application/admin-pwa/token", `{"label":"x","permissions":["charges.read"],"expires":1}`, 400},
		{"developer", "POST", "/application/nothing/token", good, 404},
		{"viewer", "POST", "/application/admin-pwa/token", good, 401},
		{"viewer", "GET", "/application/admin-pwa/token", "", 401},
		{"viewer", "DELETE", "/application/admin-pwa/token/x", "", 401},
		{"developer", "GET", "/application/admin-pwa/token?$limit=1000", "", 400},
		{"developer", "POST", "/application/admin-pwa/account/" + mainAccountID + "/token", good, 201},
		{"developer", "POST", "/application/admin-pwa/account/" + sideAccountID + "/token", good, 401},
		{"developer", "POST", "/application/admin-pwa/organization/" + organizationID + "/token", good, 401},
		{"org", "POST", "/application/admin-pwa/organization/" + organizationID + "/token", good, 201},
		{"org", "POST", "/application/admin-pwa/organization/" + mainAccountID + "/token", good, 401},
		{"org", "POST", "/application/admin-pwa/account/" + organizationID + "/token", good, 401},
		{"org", "POST", "/application/admin-pwa/account/" + sideAccountID + "/token", good, 201},
	} {
		res := r.call(test.method, test.path, test.body, r.token(test.who))
		wantStatus(t, test.who+" "+test.method+" "+test.path+" "+test.body, res, test.status)
	}
	// Of what org@ made above, developer@ reaches nothing.
	items := decode[[]applicationToken](t, r.call("GET", "/application/admin-pwa/token", "", r.token("developer")))
	if len(items) != 1 {
		t.Errorf("developer@ sees %d tokens, want the one within reach", len(items))
	}
}
