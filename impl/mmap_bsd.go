//go:build darwin || dragonfly || freebsd || netbsd

package impl

import "syscall"

const giveBackPages = syscall.MADV_FREE // when the system needs them
