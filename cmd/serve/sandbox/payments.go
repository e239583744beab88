package sandbox

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"
)

// Invented payments of an account, and over how long they are spread.
const (
	inventedPayments = 320
	inventedSpan     = 30 * 24 * time.Hour
)

// maxCreated bounds the payments callers make in one account; the oldest go.
const maxCreated = 1000

// A Payment is one charge. Amounts are in the currency's smallest unit.
type Payment struct {
	ID            string        `json:"id"`
	AccountID     string        `json:"accountId"`
	Amount        int64         `json:"amount"`
	Currency      string        `json:"currency"`
	Status        string        `json:"status"`
	Reference     string        `json:"reference"`
	PaymentMethod PaymentMethod `json:"paymentMethod"`
	CreatedAt     string        `json:"createdAt"`
}

// A PaymentMethod is what was paid with.
type PaymentMethod struct {
	Type  string `json:"type"`
	Brand string `json:"brand"`
	Last4 string `json:"last4"`
}

func (p Payment) field(name string) any {
	switch name {
	case "id":
		return p.ID
	case "amount":
		return p.Amount
	case "currency":
		return p.Currency
	case "status":
		return p.Status
	case "reference":
		return p.Reference
	case "createdAt":
		return p.CreatedAt
	}
	return nil
}

// invent makes an account's payments of the 30 days before until, newest
// first; the same for the same arguments.
func invent(account string, until time.Time) []Payment {
	seed := keyOf(account)
	random := rand.New(rand.NewChaCha8(seed))
	brands := []string{"visa", "mastercard", "amex", "discover"}
	statuses := []string{"settled", "settled", "settled", "settled", "authorized", "declined", "refunded"}
	step := inventedSpan / inventedPayments
	payments := make([]Payment, inventedPayments)
	for i := range payments {
		age := time.Duration(i)*step + time.Duration(random.Int64N(int64(step)))
		payments[i] = Payment{
			ID:        fmt.Sprintf("64c0%s%016x", account[len(account)-4:], inventedPayments-i),
			AccountID: account,
			Amount:    100 + random.Int64N(100_000),
			Currency:  "USD",
			Status:    statuses[random.IntN(len(statuses))],
			Reference: fmt.Sprintf("INV-%05d", 10_000+inventedPayments-i),
			PaymentMethod: PaymentMethod{
				Type: "card", Brand: brands[random.IntN(len(brands))], Last4: fmt.Sprintf("%04d", random.IntN(10_000)),
			},
			CreatedAt: timestamp(until.Add(-age)),
		}
	}
	return payments
}

// mayPay checks the permission; the payments endpoints refuse with 403 and JSON.
func mayPay(w http.ResponseWriter, r *http.Request, t *token, permission string) (account string, ok bool) {
	account = r.PathValue("account")
	if !t.may(permission) || !t.reaches(account) {
		writePaymentError(w, http.StatusForbidden, "authorization-error", "not-allowed", noPermission)
		return "", false
	}
	if account == organizationID {
		writePaymentError(w, http.StatusNotFound, "not-found-error", "account-not-found", "Account not found.")
		return "", false
	}
	return account, true
}

// allPayments of an account, newest first.
func (s *Sandbox) allPayments(account string) []Payment {
	s.mu.Lock()
	defer s.mu.Unlock()
	made := slices.Clone(s.created[account])
	slices.Reverse(made)
	return append(made, invent(account, s.started.Add(time.Duration(s.switches.ClockShift)*time.Millisecond))...)
}

// payments is GET /account/{account}/payments.
func (s *Sandbox) payments(w http.ResponseWriter, r *http.Request, t *token) {
	account, ok := mayPay(w, r, t, "charges.read")
	if !ok {
		return
	}
	if err := writeList(w, r.URL.Query(), s.allPayments(account)); err != nil {
		writePaymentError(w, http.StatusBadRequest, "validation-error", "invalid-query", err.message, err.parameter)
	}
}

// payment is GET /account/{account}/payments/{payment}.
func (s *Sandbox) payment(w http.ResponseWriter, r *http.Request, t *token) {
	account, ok := mayPay(w, r, t, "charges.read")
	if !ok {
		return
	}
	for _, p := range s.allPayments(account) {
		if p.ID == r.PathValue("payment") {
			writeJSON(w, http.StatusOK, p)
			return
		}
	}
	writePaymentError(w, http.StatusNotFound, "not-found-error", "payment-not-found", "Payment not found.")
}

// createPayment is POST /account/{account}/payments.
func (s *Sandbox) createPayment(w http.ResponseWriter, r *http.Request, t *token) {
	account, ok := mayPay(w, r, t, "charges.create")
	if !ok {
		return
	}
	object, ok := readObject(w, r)
	if !ok {
		return
	}
	amount, isNumber := object["amount"].(float64)
	if !isNumber || amount < 1 || amount > 1e12 || amount != float64(int64(amount)) {
		writePaymentError(w, http.StatusBadRequest, "validation-error", "invalid-amount", "Expected a whole number of the smallest unit.", "amount")
		return
	}
	reference, _ := object["reference"].(string)
	currency, _ := object["currency"].(string)
	if currency == "" {
		currency = "USD"
	}
	s.mu.Lock()
	made := append(s.created[account], Payment{
		ID: "64c0" + randomHex(10), AccountID: account, Amount: int64(amount), Currency: currency, Status: "authorized",
		Reference: reference, PaymentMethod: PaymentMethod{Type: "card", Brand: "visa", Last4: "4242"}, CreatedAt: timestamp(s.nowLocked()),
	})
	s.created[account] = made[max(0, len(made)-maxCreated):]
	s.mu.Unlock()
	writeJSON(w, http.StatusCreated, made[len(made)-1])
}
