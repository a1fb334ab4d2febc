// SPDX-License-Identifier: GPL-3.0-or-later
//
// Statement: "for this order I know a bid and an ask, both whole amounts of zhi below 2^64, that open the two public
// commitments, and the bid covers the ask (bid >= ask)". Neither amount nor salt is shown.
//
// Public signals, in the order of the verifier's `publicSignals`:
//   0 bidCommitment = Poseidon(BID_TAG, order, bid, bidSalt)     output
//   1 askCommitment = Poseidon(ASK_TAG, order, ask, askSalt)     output
//   2 order         a field element derived from the order's id  input, any value in 0..r-1
// Private signals:
//   bid, ask           0..2^64-1 zhi, enforced by bit decomposition (the supply is 10^18 zhi < 2^63)
//   bidSalt, askSalt   any value in 0..r-1; hiding needs about 128 bits of entropy in each, which no circuit can check
//
// The tags keep a bid's commitment from being passed off as an ask's, the order keeps either from being replayed in
// another order. The commitments are outputs, so whoever checks the proof compares them with the ones that the two
// parties published beforehand: the proof alone does not say whose bid it is.
//
// Size with circom 2.2.3 --O2: 780 constraints (3 * 64 for the ranges, 2 * 294 for the commitments), 783 wires.
pragma circom 2.2.3;

include "circomlib/circuits/bitify.circom";
include "circomlib/circuits/poseidon.circom";

// Hiding, binding commitment to one price of one order.
template PriceCommitment(tag) {
    signal input order;
    signal input price;
    signal input salt;
    signal output out;

    out <== Poseidon(4)([tag, order, price, salt]);
}

// Holds exactly when `in`, as an integer in 0..r-1, is below 2^n. n <= 252, so that the sum of bits cannot wrap.
template InRange(n) {
    assert(n <= 252);
    signal input in;

    _ <== Num2Bits(n)(in);
}

template BidCoversAsk(bidTag, askTag) {
    signal input bid;
    signal input ask;
    signal input bidSalt;
    signal input askSalt;
    signal input order;
    signal output bidCommitment;
    signal output askCommitment;

    InRange(64)(bid);
    InRange(64)(ask);
    // Both sides are below 2^64, hence bid - ask lies in -(2^64-1)..2^64-1. A negative difference is r minus at most
    // 2^64-1, which is far above 2^64: the range check of the difference is the comparison.
    InRange(64)(bid - ask);

    bidCommitment <== PriceCommitment(bidTag)(order, bid, bidSalt);
    askCommitment <== PriceCommitment(askTag)(order, ask, askSalt);
}

// Tags are ASCII read as big-endian integers: "hai/price/bid/v1" and "hai/price/ask/v1".
component main {public [order]} = BidCoversAsk(
    0x6861692f70726963652f6269642f7631,
    0x6861692f70726963652f61736b2f7631
);
