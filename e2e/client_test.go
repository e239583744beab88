package e2e

const (
	demo          = "demo@exactlogin.test"
	demoPassword  = "sandbox-demo"
	wrongPassword = "not-the-password"
)
