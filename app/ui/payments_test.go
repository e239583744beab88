package ui

import (
	"net/url"
	"testing"
	"time"
)

func TestMoney_knowsTheCurrencysDigits(t *testing.T) {
	for _, test := range []struct {
		amount   int64
		currency string
		want     string
	}{
		{0, "USD", "0.00 USD"}, {5, "USD", "0.05 USD"}, {123_456_789, "EUR", "1,234,567.89 EUR"}, {-1234, "USD", "−12.34 USD"},
		{1234, "JPY", "1,234 JPY"}, {1234, "KWD", "1.234 KWD"}, {100, "", "1.00"},
	} {
		if got := money(test.amount, test.currency); got != test.want {
			t.Errorf("money(%d, %q) = %q, want %q", test.amount, test.currency, got, test.want)
		}
	}
}

func TestParsePayments_readsWhatItKnowsAndLeavesTheRestEmpty(t *testing.T) {
	list, err := parsePayments([]byte(`[
		{"id":"p1","amount":1050,"currency":"USD","status":"settled","reference":"R","createdAt":"2026-01-02T03:04:05.678Z","paymentMethod":{"type":"card","brand":"visa","last4":"4242"}},
		{"id":7,"amount":"many","paymentMethod":null,"createdAt":"yesterday","more":[1]},
		{"paymentMethod":{"type":"ach"}}
	]`))
	if err != nil || len(list) != 3 {
		t.Fatalf("%d payments, %v", len(list), err)
	}
	if p := list[0]; p.ID != "p1" || p.Amount != 1050 || !p.HasAmount || p.Method != "visa •••• 4242" || p.Created.UnixMilli() != 1767323045678 {
		t.Errorf("the first was read as %+v", p)
	}
	if p := list[1]; p.ID != "" || p.HasAmount || p.Method != "" || !p.Created.IsZero() {
		t.Errorf("the odd one was read as %+v", p)
	}
	if list[2].Method != "ach" {
		t.Errorf("the third was paid with %q", list[2].Method)
	}
	for _, body := range []string{"", "{}", "[1]", `"no"`} {
		if _, err := parsePayments([]byte(body)); err == nil {
			t.Errorf("%q was read as a list of payments", body)
		}
	}
}

func TestByDay_hasThirtyDaysThatEndToday(t *testing.T) {
	now := time.Date(2026, 3, 1, 0, 30, 0, 0, time.UTC)
	at := func(text string) payment {
		created, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return payment{Created: created, Amount: 100, HasAmount: true, Currency: "USD"}
	}
	list := byDay([]payment{
		at("2026-03-01T00:00:00Z"), at("2026-02-28T23:59:59Z"), at("2026-02-28T00:00:00Z"),
		at("2026-01-31T00:00:00Z"), at("2026-01-30T23:59:59Z"), at("2026-03-02T00:00:00Z"), {},
		at("2026-03-01T01:30:00+02:00"), // the day before, in UTC
	}, now)
	if len(list) != days {
		t.Fatalf("%d days, want %d", len(list), days)
	}
	for i, want := range map[int]int{29: 1, 28: 3, 0: 1} {
		if list[i].Count != want {
			t.Errorf("%s has %d payments, want %d", list[i].Date.Format(time.DateOnly), list[i].Count, want)
		}
	}
	total := 0
	for _, d := range list {
		total += d.Count
	}
	if total != 5 {
		t.Errorf("%d payments are in the chart, want the 5 of the 30 days", total)
	}
	if got := list[28].sums(); got != "3.00 USD" {
		t.Errorf("the day before sums up to %q", got)
	}
	if covers([]payment{at("2026-01-31T00:00:00Z")}, now) || !covers([]payment{at("2026-01-30T23:59:59Z")}, now) {
		t.Error("the chart's first day is 31 January")
	}
}

func TestPaymentsPath_escapesWhatTheSessionSays(t *testing.T) {
	u, err := url.Parse(paymentsPath("a/../b?c#d", "-created&at", 20, 10))
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	if u.EscapedPath() != "/account/a%2F..%2Fb%3Fc%23d/payments" || q.Get("$skip") != "20" || q.Get("$limit") != "10" || q.Get("$sort") != "-created&at" || u.Fragment != "" {
		t.Errorf("the path is %q", u)
	}
}

func TestMore_asksForTheNextPageOnlyWhereThereMayBeOne(t *testing.T) {
	full := make([]payment, pageSize)
	for _, test := range []struct {
		v    paymentsView
		want bool
	}{
		{paymentsView{list: full, total: 21}, true},
		{paymentsView{list: full, total: 20}, false},
		{paymentsView{list: full, total: -1}, true},
		{paymentsView{list: full[:3], total: -1}, false},
		{paymentsView{skip: 20, list: full[:1], total: 21}, false},
	} {
		if got := test.v.more(); got != test.want {
			t.Errorf("skip %d, %d shown, total %d: more = %v", test.v.skip, len(test.v.list), test.v.total, got)
		}
	}
}
