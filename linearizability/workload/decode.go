package workload

// Bytes of a program, as Decode reads them.
const (
	HeadBytes    = 2
	CommandBytes = 3
)

// Flags of a command, in its second byte, above the Fate.
const (
	FlagAccount = 1 << (2 + iota) // through the client's account
	FlagQuiet                     // does not look
	FlagYield                     // yields, which a command with a backend does anyway
	FlagTenant                    // through the tenant of all clients
)

// Wide programs are for accounts, which do not stock up under small limits.
const (
	FlagWide   = 1 << 2 // in byte 0 of the head
	wideLimits = 64     // limits are so many times as large; other sizes are squared
)

// Decode reads a program from any bytes. The head is two bytes, a command is three:
//
//	head     byte 0  bits 0-1  the number of clients, less 2
//	                 bit  2    FlagWide
//	         byte 1  bits 0-5  the limit at the start, 0 for Counting
//	command  byte 0  bits 0-3  the Op: Grow to Leave
//	                 bits 4-6  the client, modulo the number of clients
//	         byte 1  bits 0-1  the Fate; 3 is Succeeds
//	                 bits 2-5  FlagAccount, FlagQuiet, FlagYield, FlagTenant
//	         byte 2  bits 0-5  N
//
// Other bits are ignored. So are a command whose Op is not known yet and bytes that make no whole
// command; without a head there is no client.
func Decode(b []byte) Program {
	if len(b) < HeadBytes {
		return Program{}
	}
	wide := b[0]&FlagWide != 0
	number := func(b byte, limit bool) int64 {
		n := int64(b & 63)
		switch {
		case !wide:
			return n
		case limit:
			return n * wideLimits
		}
		return n * n
	}
	p := Program{Limit: number(b[1], true), Clients: make([][]Command, 2+b[0]&3)}
	for b = b[HeadBytes:]; len(b) >= CommandBytes; b = b[CommandBytes:] {
		c := Command{
			Op:      Op(b[0] & 15),
			Fate:    Fate(b[1]&3) % 3,
			Account: b[1]&FlagAccount != 0,
			Tenant:  b[1]&FlagTenant != 0,
			Look:    b[1]&FlagQuiet == 0,
		}
		c.Yield = b[1]&FlagYield != 0 || c.Op.hasBackend()
		if c.Op >= knownOps {
			continue
		}
		c.N = number(b[2], c.Op == SetLimit)
		client := &p.Clients[int(b[0]>>4&7)%len(p.Clients)]
		*client = append(*client, c)
	}
	return p
}
