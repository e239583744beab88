package sandbox

import (
	"maps"
	"slices"
)

// A Person can sign in to the sandbox. All of them are made up.
type Person struct {
	Email    string `json:"email"`
	Password string `json:"password"`
	Note     string `json:"note"` // what signing in as this person shows
}

// People lists those who can sign in, or fail to in a way of their own.
func People() []Person {
	list := make([]Person, len(people))
	for i, u := range people {
		list[i] = u.Person
	}
	return list
}

// What the sandbox knows: one organization with two accounts.
const (
	organizationID = "64b0c0ffee0000000000a001"
	mainAccountID  = "64b0c0ffee0000000000b001"
	sideAccountID  = "64b0c0ffee0000000000b002"
)

// MainAccount is the account of everybody but the organization's person.
const MainAccount = mainAccountID

// condition is why somebody with the right password does not get in.
type condition int

const (
	usable          condition = iota
	disabled                  // 401
	passwordExpired           // 403
	invited                   // 404
	locked                    // 423
)

type user struct {
	Person
	id          string
	condition   condition
	account     string
	accountType string
	accounts    []string
	permissions []string
}

var people = []user{
	{Person: Person{"demo@exactlogin.test", "sandbox-demo", "may do everything"}, permissions: allPermissions()},
	{Person: Person{"viewer@exactlogin.test", "sandbox-viewer", "may read the account, not its payments"}, permissions: []string{"accounts.read"}},
	{Person: Person{"limited@exactlogin.test", "sandbox-limited", "may read payments, not the account"}, permissions: []string{"charges.read", "charges.create"}},
	{
		Person: Person{"org@exactlogin.test", "sandbox-org", "belongs to an organization with two accounts"}, permissions: allPermissions(),
		account: organizationID, accountType: "organization", accounts: []string{organizationID, mainAccountID, sideAccountID},
	},
	{Person: Person{"developer@exactlogin.test", "sandbox-developer", "may make application tokens"}, permissions: []string{
		"accounts.read", "application-tokens.create", "application-tokens.delete", "application-tokens.read", "charges.read",
	}},
	{Person: Person{"expired@exactlogin.test", "sandbox-expired", "the password has expired (403)"}, condition: passwordExpired},
	{Person: Person{"locked@exactlogin.test", "sandbox-locked", "is locked (423)"}, condition: locked},
	{Person: Person{"invited@exactlogin.test", "sandbox-invited", "has not accepted the invitation (404)"}, condition: invited},
	{Person: Person{"disabled@exactlogin.test", "sandbox-disabled", "is disabled (401)"}, condition: disabled},
}

func init() {
	for i := range people {
		u := &people[i]
		u.id = "64b0c0ffee0000000000c0" + string("0123456789"[(i+1)/10]) + string("0123456789"[(i+1)%10])
		if u.account == "" {
			u.account, u.accountType, u.accounts = mainAccountID, "account", []string{mainAccountID}
		}
	}
}

// findUser looks a person up by e-mail, nil if there is none.
func findUser(email string) *user {
	for i := range people {
		if people[i].Email == email {
			return &people[i]
		}
	}
	return nil
}

// documentedPermissions are the actions documented for each resource.
var documentedPermissions = map[string][]string{
	"users":                        {"read", "update", "delete", "disable", "set-permissions", "proxy"},
	"organization-invites":         {"create", "read", "delete"},
	"account-invites":              {"create", "read", "delete"},
	"organizations":                {"create", "read", "update", "delete", "disable", "transfer"},
	"accounts":                     {"create", "read", "update", "delete", "disable", "transfer", "read-balance"},
	"applications":                 {"create", "read", "update", "delete"},
	"application-tokens":           {"create", "read", "delete"},
	"roles":                        {"create", "read", "update", "delete", "disable"},
	"onboardings":                  {"create", "read", "update", "delete"},
	"onboarding-document-requests": {"create", "read", "update", "delete"},
	"onboarding-documents":         {"create", "read", "update", "delete"},
	"onboarding-workflows":         {"create", "read", "update", "delete"},
	"onboarding-notes":             {"create", "read"},
	"charges":                      {"create", "read", "update", "read-guid"},
	"plans":                        {"create", "read", "update", "delete"},
	"subscriptions":                {"create", "read", "update", "delete"},
	"customers":                    {"create", "read", "update", "delete"},
	"reports":                      {"create", "read", "update", "delete"},
	"webhooks":                     {"create", "read", "update", "delete"},
	"events":                       {"read"},
	"chargebacks":                  {"create", "read"},
	"templates":                    {"set", "unset"},
}

func allPermissions() []string {
	var all []string
	for resource, actions := range documentedPermissions {
		for _, action := range actions {
			all = append(all, resource+"."+action)
		}
	}
	slices.Sort(all)
	return all
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
