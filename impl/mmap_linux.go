package impl

import "syscall"

const giveBackPages = syscall.MADV_DONTNEED // at once
