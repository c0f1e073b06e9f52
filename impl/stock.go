package impl

// A stock is what an account consists of. The account points to it and not the other way round: the
// garbage collector finds an account that was dropped while the budget still knows its stock.
type stock struct {
	_ [lineSize]byte

	// slack is bytes taken from the word and not in use, 0 to top: the account is stocked. Or it is
	// drained plus the slack that was taken away, and negative. The owner of a stocked account
	// moves it either way by compare-and-swap, and stores it under the setter lock. Others only add
	// drained, under the setter lock. After that it stays as it is until the owner stocks up.
	slack atomicInt64

	// The owner's own, in bytes. Who drains the account changes none of it.
	floor ownInt64 // slack may fall to this: with less, held would be above limit
	top   ownInt64 // slack may rise to this: more goes back, or was not reserved through the account
	taken ownInt64 // taken from the word through the account, and not put back by the owner
	cap   ownInt64 // slack above this goes back
	limit ownInt64 // of held; closed after Close

	tally // of the account; written by its owner

	sharedTaken

	_ [lineSize - 72]byte
}

// A tally is statistics, read by Stats. They only rise.
type tally struct {
	refused    atomicInt64 // growths that did not fit
	rolledBack atomicInt64 // growths whose backend failed or panicked
}

const (
	// drained is added to slack to drain it: bits 62 and 63 are set then, and in no slack. taken is
	// at most 2*MaxSize, so a drained slack less any floor does not leave int64.
	drained = -1 << 62
	// closed is the limit of an account that Close was called on. No slack is above the floor then.
	closed = -1
)

// heldOf returns the bytes reserved through an account and not released, while counted. slack may
// be drained: draining takes from slack what held never had.
func heldOf(taken, slack int64) int64 { return taken - slack&^drained }

// setTaken sets taken, and floor and top, which follow from taken, limit and cap. The caller owns
// the account.
func (st *stock) setTaken(n int64) {
	st.taken.Store(n)
	st.sharedTaken.follow(n)
	st.floor.Store(max(n-st.limit.Load(), 0))
	st.top.Store(min(n, st.cap.Load()))
}

// setLimit sets limit, and what follows. The caller owns the account.
func (st *stock) setLimit(n int64) {
	st.limit.Store(n)
	st.setTaken(st.taken.Load())
}

// drain drains st and returns the slack that it had. The caller holds the setter lock.
func (st *stock) drain() int64 {
	if st.slack.Load() < 0 {
		return 0
	}
	// Step (Accounts!DrainSwap, or Accounts!CloseSwap if only st is drained): it may be an
	// addition, since only the owner has moved the slack meanwhile, and not below 0.
	return st.slack.Add(drained) &^ drained
}

// What an account takes at once is its batch: a part of its fair share of the headroom.
const (
	// shares is how many batches a fair share is. The fewer, the rarer are refills, and the more
	// slack there is to drain when the word runs out.
	shares = 4
	// worth is how many requests like the one at hand a batch must be good for. Below that a refill
	// does not pay.
	worth = 16
	// maxBatch is the largest batch, in bytes. An account has slack of up to two batches, and the
	// peak can overstate the counter by that.
	maxBatch = 256 << 10
)

// plenty reports whether a word w that counts has room to refill one of so many accounts, whose
// owner needs n bytes. If it has not, the next refusal would only drain the account again. The
// product is at most 1<<58, and so does not wrap. Multiplied by accounts, it could.
func plenty(w, n, accounts int64) bool {
	rest := w>>tagBits - n
	return rest >= shares*worth*n && rest/accounts >= shares*worth*n
}

// refill reserves n bytes, more than the slack of st, and stocks it with a batch of slack besides.
// It returns the word, first w and then as loaded last, and whether there was plenty in it. The
// caller owns the account of st and holds the setter lock.
func (b *Budget) refill(st *stock, w, n int64) (int64, bool) {
	s := st.slack.Load()
	held := heldOf(st.taken.Load(), s)
	s = max(s, 0)
	accounts := b.accounts.Load()
	for ; w < unlimited && plenty(w, n, accounts); w = b.word.Load() {
		batch := min((w>>tagBits-n)/(shares*accounts), maxBatch)
		more := max(batch-s, 0)
		if b.word.CompareAndSwap(w, (w-(n+more)<<tagBits)|stocked) {
			// Linearization point of Reserve (Accounts!RefillCAS): n bytes are ours, and the bit
			// says that more are on their way (R12).
			st.cap.Store(2 * batch)
			// Step (Accounts!RefillSlack): a store, since only the owner and the holder of the
			// setter lock write slack, and we are both.
			st.slack.Store(s + more)
			st.setTaken(held + n + s + more)
			return w, true
		}
		// The word moved: there may not be plenty any more.
	}
	return w, false
}

// giveBack releases n bytes, and brings back to the word what slack st has over half of its cap. It
// reports false, and has done nothing, if another has the setter lock or has drained st. The caller
// owns the account of st.
func (b *Budget) giveBack(st *stock, n int64) bool {
	if !b.setter.TryLock() { // R11
		return false
	}
	defer b.setter.Unlock()
	s := st.slack.Load()
	if s < 0 {
		return false
	}
	keep := min(s, st.cap.Load()/2)
	st.slack.Store(keep) // Step (Accounts!GiveSlack): a store, as in refill.
	// The release takes effect in put.
	b.put(s + n - keep)
	st.setTaken(st.taken.Load() - (s + n - keep))
	return true
}

// put adds n bytes to the word and reports whether they were counted. Unlike release it does not
// ask whether they are held.
func (b *Budget) put(n int64) bool {
	for {
		w, base := b.paired()
		if w >= unlimited {
			return false
		}
		if b.word.CompareAndSwap(w, w+n<<tagBits) {
			// Linearization point of Release (Accounts!PutCAS): n bytes are anyone's.
			//
			// The shifts come before the subtraction: the stocked bit of w, which base does not
			// have, would borrow a byte.
			b.raisePeak(base>>tagBits - w>>tagBits)
			return true
		}
		// The word moved.
	}
}

// drainAccounts drains all accounts: their slack is the word's again, and the stocked bit is clear
// until the setter lock is released. The caller holds the setter lock.
func (b *Budget) drainAccounts() {
	w := b.word.Load()
	if w&stocked == 0 {
		return
	}
	var slack int64
	for _, st := range b.stocks.all() {
		slack += st.drain()
	}
	// Step (Accounts!DrainWord): the bytes come back and the bit goes (R12). While we hold the lock
	// nobody sets the bit, so subtracting it clears it.
	after := b.word.Add(slack<<tagBits - stocked)
	b.raisePeak((b.baseOf(after) - (after - slack<<tagBits)) >> tagBits)
}

// drain drains the account of st. Others may still be stocked, so the bit stays as it is.
func (b *Budget) drain(st *stock) {
	b.setter.Lock()
	defer b.setter.Unlock()
	if slack := st.drain(); slack > 0 {
		b.put(slack)
	}
}

// drop forgets the stock of an account that nobody has any more. What it counted stays counted.
func (b *Budget) drop(st *stock) {
	b.drain(st)
	b.setter.Lock()
	defer b.setter.Unlock()
	b.direct[0].refused.Add(st.refused.Load())
	b.direct[0].rolledBack.Add(st.rolledBack.Load())
	b.stocks.remove(st)
	// Step (Accounts!DropAccounts): one fewer.
	b.accounts.Add(-1)
}
