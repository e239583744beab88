package sandbox

import (
	"fmt"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

func (r *rig) paymentsOf(auth string, query ...string) *httptest.ResponseRecorder {
	values := url.Values{}
	for _, part := range query {
		name, value, _ := strings.Cut(part, "=")
		values.Set(name, value)
	}
	return r.call("GET", "/account/"+mainAccountID+"/payments?"+values.Encode(), "", auth)
}

func TestPayments_pages(t *testing.T) {
	r := newRig(t, false)
	auth := r.token("demo")
	var all []Payment
	seen := map[string]bool{}
	for skip := 0; ; skip += 100 {
		res := r.paymentsOf(auth, fmt.Sprintf("$skip=%d", skip), "$limit=100")
		wantStatus(t, "a page", res, 200)
		if got := res.Header().Get("x-total-count"); got != "320" {
			t.Fatalf("x-total-count is %s, want 320", got)
		}
		page := decode[[]Payment](t, res)
		all = append(all, page...)
		if len(page) < 100 {
			break
		}
	}
	now := r.clock()
	for i, p := range all {
		if seen[p.ID] {
			t.Fatalf("payment %s came twice", p.ID)
		}
		seen[p.ID] = true
		at, err := time.Parse(time.RFC3339, p.CreatedAt)
		if err != nil || at.After(now) || now.Sub(at) > inventedSpan+time.Hour {
			t.Errorf("payment %d is of %s, want within the 30 days before %s", i, p.CreatedAt, now)
		}
	}
	if len(all) != inventedPayments {
		t.Errorf("got %d payments, want %d", len(all), inventedPayments)
	}
	if !slices.IsSortedFunc(all, func(a, b Payment) int { return strings.Compare(b.CreatedAt, a.CreatedAt) }) {
		t.Error("payments do not come newest first")
	}
	if again := newRig(t, false); decode[[]Payment](t, again.paymentsOf(again.token("demo")))[0] != all[0] {
		t.Error("another sandbox at the same time invents other payments")
	}
	if page := decode[[]Payment](t, r.paymentsOf(auth)); len(page) != defaultLimit {
		t.Errorf("without $limit got %d, want %d", len(page), defaultLimit)
	}
	res := r.paymentsOf(auth, "$skip=5000")
	if got := strings.TrimSpace(res.Body.String()); got != "[]" {
		t.Errorf("behind the end: got %s, want []", got)
	}
}

func TestPayments_sortAndFilter(t *testing.T) {
	r := newRig(t, false)
	auth := r.token("demo")
	byAmount := decode[[]Payment](t, r.paymentsOf(auth, "$sort=-amount", "$limit=100"))
	if !slices.IsSortedFunc(byAmount, func(a, b Payment) int { return int(b.Amount - a.Amount) }) {
		t.Error("$sort=-amount is not from the largest to the smallest")
	}
	res := r.paymentsOf(auth, "status[$eq]=declined", "$limit=100")
	declined := decode[[]Payment](t, res)
	if len(declined) == 0 || slices.ContainsFunc(declined, func(p Payment) bool { return p.Status != "declined" }) {
		t.Errorf("status[$eq]=declined got %d payments, of other statuses too or none", len(declined))
	}
	if got := res.Header().Get("x-total-count"); got != fmt.Sprint(len(declined)) {
		t.Errorf("x-total-count of the filtered is %s, want %d", got, len(declined))
	}
	for _, bad := range []string{"$limit=101", "$limit=-1", "$limit=x", "$skip=-1", "$skip=1e9", "$sort=nothing", "nothing[$eq]=1"} {
		res := r.paymentsOf(auth, bad)
		wantStatus(t, bad, res, 400)
		problem := decode[map[string]any](t, res)
		name, _, _ := strings.Cut(bad, "=")
		if issues, _ := problem["pathIssues"].(map[string]any); issues[name] == nil {
			t.Errorf("%s: got %s, want an issue of that parameter", bad, res.Body)
		}
	}
}

func TestPayments_create(t *testing.T) {
	r := newRig(t, false)
	auth := r.token("limited")
	path := "/account/" + mainAccountID + "/payments"
	res := r.call("POST", path, `{"amount":1234,"reference":"R-1"}`, auth)
	wantStatus(t, "a payment", res, 201)
	made := decode[Payment](t, res)
	if made.Amount != 1234 || made.Reference != "R-1" || made.Currency != "USD" || made.Status != "authorized" {
		t.Errorf("made %+v", made)
	}
	if newest := decode[[]Payment](t, r.paymentsOf(auth))[0]; newest != made {
		t.Errorf("the newest payment is %+v, want the one just made", newest)
	}
	if got := decode[Payment](t, r.call("GET", path+"/"+made.ID, "", auth)); got != made {
		t.Errorf("by its id: got %+v, want %+v", got, made)
	}
	for _, body := range []string{`{}`, `{"amount":0}`, `{"amount":1.5}`, `{"amount":-1}`, `{"amount":"1"}`, `{"amount":1e300}`, `[]`, `{`} {
		wantStatus(t, body, r.call("POST", path, body, auth), 400)
	}
}
