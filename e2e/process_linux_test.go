package e2e

import (
	"os/exec"
	"syscall"
)

// dieWithParent makes the kernel end the process when the thread that started it ends, so that a killed test leaves
// nothing behind.
func dieWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
