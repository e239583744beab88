package ui

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"
)

// paymentsView is what the section knows. A new person gets a new one, so that late answers for the former change nothing.
type paymentsView struct {
	account string // the session's own, unless chosen
	sort    string // a field, with - before it for descending
	skip    int
	loading bool
	list    []payment // nil until the first answer
	total   int       // -1 where the API's count cannot be read
	problem string

	days         []day // nil until the chart is there
	chartProblem string
}

// columns of the table that can be sorted by.
var columns = []struct{ field, title string }{
	{"createdAt", "Date"}, {"reference", "Reference"}, {"amount", "Amount"}, {"status", "Status"},
}

func (c *Console) paymentsAccount() string {
	if c.payments.account != "" {
		return c.payments.account
	}
	// The payments of an organization are those of its accounts.
	if c.session.AccountType == "organization" {
		for _, account := range c.session.Accounts {
			if account != c.session.Account {
				return account
			}
		}
	}
	return c.session.Account
}

// loadPayments gets the page of the table.
func (c *Console) loadPayments() {
	v := c.payments
	v.loading, v.problem = true, ""
	get(c.ui, c.client, paymentsPath(c.paymentsAccount(), v.sort, v.skip, pageSize), func(_ app.Context, r reply) {
		v.loading = false
		list, err := readPayments(r)
		if err != nil {
			v.problem = err.Error()
			return
		}
		v.list, v.total = list, r.Total
		if c.payments == v {
			c.say(v.shown())
		}
	}, func(_ app.Context, err error) {
		v.loading, v.problem = false, "The payments could not be loaded: "+err.Error()
	})
}

// loadChart gets the payments of the last 30 days, 100 at a time.
func (c *Console) loadChart() {
	v := c.payments
	v.days, v.chartProblem = nil, ""
	account := c.paymentsAccount()
	var all []payment
	var next func(int)
	next = func(skip int) {
		get(c.ui, c.client, paymentsPath(account, "-createdAt", skip, mostItems), func(_ app.Context, r reply) {
			list, err := readPayments(r)
			if err != nil {
				v.chartProblem = err.Error()
				return
			}
			all = append(all, list...)
			if len(list) == mostItems && !covers(list, time.Now()) && skip/mostItems < chartRequests-1 && c.payments == v {
				next(skip + mostItems)
				return
			}
			v.days = byDay(all, time.Now())
		}, func(_ app.Context, err error) {
			v.chartProblem = "The chart could not be loaded: " + err.Error()
		})
	}
	next(0)
}

func readPayments(r reply) ([]payment, error) {
	switch r.Status {
	case http.StatusOK:
		return parsePayments(r.Body)
	case http.StatusUnauthorized, http.StatusForbidden:
		return nil, fmt.Errorf("this session may not read the payments of this account (%d)", r.Status)
	default:
		return nil, fmt.Errorf("the API answered %d", r.Status)
	}
}

// shown says which payments are shown.
func (v *paymentsView) shown() string {
	if len(v.list) == 0 {
		return "No payments."
	}
	text := fmt.Sprintf("Payments %d to %d", v.skip+1, v.skip+len(v.list))
	if v.total >= 0 {
		text += " of " + strconv.Itoa(v.total)
	}
	return text + "."
}

// more tells whether there is a next page. Without a readable count a full page may have one.
func (v *paymentsView) more() bool {
	if v.total >= 0 {
		return v.skip+len(v.list) < v.total
	}
	return len(v.list) == pageSize
}

// turn goes to another page of the table.
func (c *Console) turn(by int) app.EventHandler {
	return func(app.Context, app.Event) {
		c.payments.skip = max(0, c.payments.skip+by)
		c.loadPayments()
	}
}

func (c *Console) sortBy(ctx app.Context, _ app.Event) {
	field := ctx.JSSrc().Get("dataset").Get("field").String()
	if c.payments.sort == "-"+field {
		c.payments.sort = field
	} else {
		c.payments.sort = "-" + field
	}
	c.payments.skip = 0
	c.loadPayments()
}

func (c *Console) reloadPayments(app.Context, app.Event) {
	c.loadPayments()
	c.loadChart()
}

func (c *Console) chooseAccount(ctx app.Context, _ app.Event) {
	c.payments = &paymentsView{sort: c.payments.sort, account: ctx.JSSrc().Get("value").String()}
	c.loadPayments()
	c.loadChart()
}

func (c *Console) renderPayments() app.UI {
	v := c.payments
	return app.Div().Class("cards").Body(
		app.Section().Class("card card--wide").Aria("labelledby", "chart").Body(
			app.H2().ID("chart").Text("The last 30 days"),
			app.If(v.days != nil, func() app.UI { return renderChart(v.days) }).
				ElseIf(v.chartProblem != "", func() app.UI { return problem(v.chartProblem) }).
				Else(func() app.UI {
					return app.Div().Class("chart chart--loading").Body(app.P().Class("muted").Text("Loading…"))
				}),
		),
		app.Section().Class("card card--wide").Aria("labelledby", "list").Body(
			app.Div().Class("row row--apart").Body(
				app.H2().ID("list").Text("Payments"),
				app.Div().Class("row").Body(
					app.If(len(c.session.Accounts) > 1, func() app.UI {
						return app.Label().Class("inline").Body(
							app.Span().Text("Account"),
							app.Select().ID("payments-account").OnChange(c.chooseAccount).Body(
								app.Range(c.session.Accounts).Slice(func(i int) app.UI {
									account := c.session.Accounts[i]
									return app.Option().Value(account).Selected(account == c.paymentsAccount()).Text(account)
								}),
							),
						)
					}),
					app.Button().Type("button").Class("button").Text("Reload").OnClick(c.reloadPayments),
				),
			),
			problem(v.problem),
			app.If(v.list == nil && v.problem == "", func() app.UI { return app.P().Class("muted").Text("Loading…") }),
			app.If(v.list != nil, func() app.UI { return c.renderTable() }),
		),
	)
}

func (c *Console) renderTable() app.UI {
	v := c.payments
	field, descending := strings.CutPrefix(v.sort, "-")
	return app.Div().Body(
		app.Div().Class("scroll").TabIndex(0).Role("region").Aria("labelledby", "list").Body(
			app.Table().ID("payments").Aria("busy", v.loading).Body(
				app.THead().Body(app.Tr().Body(
					app.Range(columns).Slice(func(i int) app.UI {
						column := columns[i]
						head, arrow := app.Th().Scope("col"), ""
						if column.field == field {
							order := "ascending"
							arrow = " ↑"
							if descending {
								order, arrow = "descending", " ↓"
							}
							head = head.Aria("sort", order)
						}
						return head.Body(app.Button().Type("button").Class("sort").DataSet("field", column.field).OnClick(c.sortBy).Body(
							app.Text(column.title), app.Span().Aria("hidden", "true").Text(arrow),
						))
					}),
					app.Th().Scope("col").Text("Paid with"),
					app.Th().Scope("col").Text("ID"),
				)),
				app.TBody().Body(app.Range(v.list).Slice(func(i int) app.UI {
					p := v.list[i]
					amount, created := "—", "—"
					if p.HasAmount {
						amount = money(p.Amount, p.Currency)
					}
					if !p.Created.IsZero() {
						created = localTime(float64(p.Created.UnixMilli()))
					}
					return app.Tr().Body(
						app.Td().Class("nowrap").Text(created),
						app.Td().Class("nowrap").Text(p.Reference),
						app.Td().Class("nowrap number").Text(amount),
						app.Td().Body(app.Span().Class("badge badge--"+badge(p.Status)).Text(p.Status)),
						app.Td().Class("nowrap").Text(p.Method),
						app.Td().Body(app.Code().Text(p.ID)),
					)
				})),
			),
		),
		app.Div().Class("row row--apart").Body(
			app.P().Class("muted").ID("payments-range").Text(v.shown()),
			app.Div().Class("row").Body(
				app.Button().Type("button").Class("button").ID("previous").Disabled(v.skip == 0 || v.loading).Text("Previous").
					OnClick(c.turn(-pageSize), app.EventScope("previous")),
				app.Button().Type("button").Class("button").ID("next").Disabled(!v.more() || v.loading).Text("Next").
					OnClick(c.turn(pageSize), app.EventScope("next")),
			),
		),
	)
}

// badge is the colour of a status: known ones alone, since the text is the API's.
func badge(status string) string {
	switch status {
	case "settled":
		return "good"
	case "declined":
		return "bad"
	default:
		return "plain"
	}
}

const (
	svg         = "http://www.w3.org/2000/svg"
	chartWidth  = 600
	chartHeight = 120
)

// renderChart draws one bar a day. Who cannot see it reads the table below.
func renderChart(list []day) app.UI {
	most, total := 1, 0
	for _, d := range list {
		most = max(most, d.Count)
		total += d.Count
	}
	width := float64(chartWidth) / float64(len(list))
	number := func(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) }
	from, to := list[0].Date.Format("2 January"), list[len(list)-1].Date.Format("2 January")
	return app.Div().Body(
		app.Elem("svg").XMLNS(svg).Class("chart").Attr("viewBox", fmt.Sprintf("0 0 %d %d", chartWidth, chartHeight)).Attr("preserveAspectRatio", "none").
			Role("img").Aria("label", fmt.Sprintf("%d payments from %s to %s, at most %d a day", total, from, to, most)).Body(
			app.Range(list).Slice(func(i int) app.UI {
				height := float64(list[i].Count) / float64(most) * (chartHeight - 4)
				return app.Elem("rect").XMLNS(svg).Class("chart__bar").
					Attr("x", number(float64(i)*width+width*.12)).Attr("y", number(chartHeight-height)).
					Attr("width", number(width*.76)).Attr("height", number(height)).Attr("rx", "2").
					Body(app.Elem("title").XMLNS(svg).Text(list[i].Date.Format("2 January") + ": " + strconv.Itoa(list[i].Count)))
			}),
		),
		app.P().Class("row row--apart muted chart__legend").Body(app.Span().Text(from), app.Span().Text(to+" (UTC)")),
		app.Details().Body(
			app.Summary().Text("As a table"),
			app.Table().ID("chart-table").Body(
				app.THead().Body(app.Tr().Body(
					app.Th().Scope("col").Text("Day"), app.Th().Scope("col").Text("Payments"), app.Th().Scope("col").Text("Amount"),
				)),
				app.TBody().Body(app.Range(list).Slice(func(i int) app.UI {
					d := list[len(list)-1-i]
					return app.Tr().Body(
						app.Th().Scope("row").Class("nowrap").Text(d.Date.Format("2 January 2006")),
						app.Td().Class("number").Text(strconv.Itoa(d.Count)),
						app.Td().Class("number").Text(d.sums()),
					)
				})),
			),
		),
	)
}
