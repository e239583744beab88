package ui

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// pageSize is how many payments the table shows at once; days is how far back the chart goes.
const (
	pageSize = 20
	days     = 30
	// The API gives at most so many items at once.
	mostItems = 100
	// So many requests may the chart take.
	chartRequests = 10
)

// payment is what the table shows of one. Fields that are missing or of another type are left empty.
type payment struct {
	ID        string
	Reference string
	Status    string
	Method    string
	Created   time.Time
	Currency  string
	Amount    int64 // in the currency's smallest unit
	HasAmount bool
}

// parsePayments reads a list of payments, whatever else is in it.
func parsePayments(body []byte) ([]payment, error) {
	var items []map[string]any
	if err := json.Unmarshal(body, &items); err != nil {
		return nil, fmt.Errorf("the answer is not a list of payments: %w", err)
	}
	payments := make([]payment, 0, len(items))
	for _, item := range items {
		text := func(m map[string]any, name string) string { s, _ := m[name].(string); return s }
		p := payment{ID: text(item, "id"), Reference: text(item, "reference"), Status: text(item, "status"), Currency: text(item, "currency")}
		if amount, ok := item["amount"].(float64); ok {
			p.Amount, p.HasAmount = int64(amount), true
		}
		if method, ok := item["paymentMethod"].(map[string]any); ok {
			if last := text(method, "last4"); last != "" {
				last = "•••• " + last
				p.Method = strings.TrimSpace(text(method, "brand") + " " + last)
			} else {
				p.Method = text(method, "type")
			}
		}
		p.Created, _ = time.Parse(time.RFC3339, text(item, "createdAt"))
		payments = append(payments, p)
	}
	return payments, nil
}

// fraction digits of the currencies that have not two (ISO 4217).
var digits = map[string]int{
	"CLP": 0, "ISK": 0, "JPY": 0, "KRW": 0, "PYG": 0, "UGX": 0, "VND": 0, "XAF": 0, "XOF": 0, "XPF": 0,
	"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
}

// money gives an amount in the currency's smallest unit as "1,234.50 USD".
func money(amount int64, currency string) string {
	places, ok := digits[currency]
	if !ok {
		places = 2
	}
	sign := ""
	if amount < 0 {
		sign, amount = "−", -amount
	}
	text := fmt.Sprintf("%0*d", places+1, amount)
	whole, part := text[:len(text)-places], text[len(text)-places:]
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if part != "" {
		whole += "." + part
	}
	return strings.TrimSpace(sign + whole + " " + currency)
}

// paymentsPath is the path of one part of an account's payments.
func paymentsPath(account, sort string, skip, limit int) string {
	return "/account/" + url.PathEscape(account) + "/payments?$skip=" + strconv.Itoa(skip) + "&$limit=" + strconv.Itoa(limit) + "&$sort=" + url.QueryEscape(sort)
}

// day is one bar of the chart.
type day struct {
	Date  time.Time
	Count int
	Sums  map[string]int64 // by currency
}

// byDay counts payments over the 30 days that end with now's, in UTC.
func byDay(payments []payment, now time.Time) []day {
	today := now.UTC().Truncate(24 * time.Hour)
	list := make([]day, days)
	for i := range list {
		list[i] = day{Date: today.AddDate(0, 0, i-days+1), Sums: map[string]int64{}}
	}
	for _, p := range payments {
		if p.Created.IsZero() {
			continue
		}
		i := days - 1 - int(today.Sub(p.Created.UTC().Truncate(24*time.Hour)).Hours()/24)
		if i < 0 || i >= days {
			continue
		}
		list[i].Count++
		if p.HasAmount {
			list[i].Sums[p.Currency] += p.Amount
		}
	}
	return list
}

// sums gives a day's amounts in words.
func (d day) sums() string {
	var parts []string
	for currency, amount := range d.Sums {
		parts = append(parts, money(amount, currency))
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

// covers tells whether payments, newest first, reach back to the first day of the chart.
func covers(payments []payment, now time.Time) bool {
	first := now.UTC().Truncate(24*time.Hour).AddDate(0, 0, 1-days)
	return slices.ContainsFunc(payments, func(p payment) bool { return !p.Created.IsZero() && p.Created.Before(first) })
}
