//go:build interleave

package explore

// An operation is an action of the specification because of where in impl it is: in which function,
// on which field. Where the function does not tell, what called it does: A/B is a B that A calls.
// The comments of impl say the same of each operation that writes (TestComments).

// actions are those of tla/BudgetCAS.tla and tla/Accounts.tla.
var actions = map[string]string{
	"resize/isUnlimited: word load":            "ResizeLoad",
	"Allocator.Realloc/isUnlimited: word load": "ResizeLoad",

	"Budget.Reserve: word load":          "ReserveLoad",
	"Budget.take: word compare-and-swap": "ReserveCAS",
	"Budget.take: word load":             "ReserveLoad",

	"Budget.release: word load":               "ReleaseLoad",
	"Budget.release/Budget.baseOf: base load": "ReleaseBase",
	"Budget.release: word compare-and-swap":   "ReleaseCAS",

	"Budget.SetLimit: word load":     "SetLimitLoad",
	"Budget.SetLimit: base store":    "SetLimitBase",
	"Budget.SetLimit: word add":      "SetLimitWord",
	"Budget.SetLimit: setter unlock": "SetLimitUnlock",

	"Budget.EndBoot: word load":     "EndBootLoad",
	"Budget.EndBoot: word swap":     "EndBootWord",
	"Budget.EndBoot: setter unlock": "EndBootUnlock",
}

// budgetActions are those of tla/BudgetCAS.tla alone.
var budgetActions = map[string]string{
	"Budget.rollBack/Budget.release: word load":               "RollbackLoad",
	"Budget.rollBack/Budget.release/Budget.baseOf: base load": "RollbackBase",
	"Budget.rollBack/Budget.release: word compare-and-swap":   "RollbackCAS",

	"Budget.SetLimit: setter lock": "SetLimitLock",
	"Budget.EndBoot: setter lock":  "EndBootLock",
}

// accountActions are those of tla/Accounts.tla alone.
var accountActions = map[string]string{
	"resize/isUnlimited: slack load":            "ResizeSlack",
	"Allocator.Realloc/isUnlimited: slack load": "ResizeSlack",

	"Account.Reserve: slack load":             "SlackReserveLoad",
	"Account.Reserve: slack compare-and-swap": "SlackReserveCAS",
	"Account.Reserve: word load":              "StockUpLoad",
	"Account.stockUp: accounts load":          "StockUpAccounts",
	"Account.stockUp: setter try":             "StockUpTryLock",
	"Account.stockUp: setter unlock":          byOutcome,
	"Budget.refill: word compare-and-swap":    "RefillCAS",
	"Budget.refill: word load":                "RefillLoad",
	"Budget.refill: slack store":              "RefillSlack",
	"Budget.takeDrained: setter lock":         "DrainLock",
	"Budget.takeDrained: word load":           "ReserveLoad",
	"Budget.takeDrained: setter unlock":       byOutcome,

	"Account.release: slack load":             "SlackReleaseLoad",
	"Account.release: slack compare-and-swap": "SlackReleaseCAS",
	"Account.release/isUnlimited: slack load": "OverReleaseSlack",
	"Account.release/isUnlimited: word load":  "OverReleaseLoad",
	"Budget.giveBack: setter try":             "GiveTryLock",
	"Budget.giveBack: slack store":            "GiveSlack",
	"Budget.giveBack: setter unlock":          byOutcome,
	"Budget.put/Budget.paired: word load":     "PutLoad",
	"Budget.paired/Budget.baseOf: base load":  "PutBase",
	"Budget.put: word compare-and-swap":       "PutCAS",

	"Budget.releaseDrained: setter lock":   "DrainLock",
	"Budget.releaseDrained: setter unlock": "ReleaseUnlock",
	"overRelease: setter unlock":           "CaughtUnlock", // deferred in releaseDrained

	"Budget.SetLimit: setter lock":   "DrainLock",
	"Budget.EndBoot: setter lock":    "DrainLock",
	"Budget.statsOfAll: setter lock": "DrainLock",

	"Budget.drainAccounts/stock.drain: slack add": "DrainSwap",
	"Budget.drainAccounts: word add":              "DrainWord",

	"Budget.Stats: word load":               "StatsLoad",
	"Budget.Stats: accounts load":           "StatsAccounts",
	"Budget.Stats/Budget.baseOf: base load": "StatsBase",
	"Budget.statsOfAll: word load":          "StatsWord",
	"Budget.statsOfAll: setter unlock":      "StatsUnlock",

	"Budget.NewAccount: setter lock":      "NewLock",
	"Budget.NewAccount: accounts add":     "NewAccounts",
	"Budget.NewAccount: setter unlock":    "NewUnlock",
	"Budget.drain: setter lock":           "CloseLock",
	"Budget.drain/stock.drain: slack add": "CloseSwap",
	"Budget.drain: setter unlock":         "CloseUnlock",
	"Budget.drop: setter lock":            "DropLock",
	"Budget.drop: accounts add":           "DropAccounts",
	"Budget.drop: setter unlock":          "DropUnlock",
}

// byOutcome is the action of an unlock that depends on what was done under the lock.
const byOutcome = ""
