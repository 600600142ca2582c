"""Writes the table of numbers that rapidhash's secrets are drawn from: secrets.py FILE

V8 searches three primes at every start, which takes 2-3 ms; the patch
hash-secrets-from-table.patch draws them from this table instead. The numbers
are V8's own kind: each byte has four bits set, and the number is prime. The
third rule, 32 bits of difference between any two, is kept when drawing.

The table is public, as the source is: what must stay unknown is which three
of 4,096 a process drew. That is some 10^8 possible triples, besides the seed.
"""
import random
import sys

COUNT = 4096
BALANCED = [b for b in range(256) if b.bit_count() == 4]
SMALL = [p for p in range(3, 400, 2) if all(p % d for d in range(3, p, 2))]
WITNESSES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)    # enough for all 64-bit numbers


def is_prime(n):
    if any(n % p == 0 for p in SMALL):
        return False
    odd, twos = n - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for a in WITNESSES:
        x = pow(a, odd, n)
        if x in (1, n - 1):
            continue
        for _ in range(twos - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True


def primes(count):
    draw, found = random.Random("rapidhash"), set()     # fixed: the build is reproducible
    while len(found) < count:
        n = int.from_bytes(bytes(BALANCED[draw.randrange(len(BALANCED))] for _ in range(8)), "little")
        if n % 2 and n not in found and is_prime(n):
            found.add(n)
    return sorted(found)


def main():
    numbers = primes(COUNT)
    with open(sys.argv[1], "w", encoding="ascii") as f:
        f.write("// Made by deps/v8/secrets.py.\n#include <cstddef>\n#include <cstdint>\n"
                f"static constexpr size_t kRapidhashPrimeCount = {COUNT};\n"
                f"static constexpr uint64_t kRapidhashPrimes[kRapidhashPrimeCount] = {{\n")
        f.write("".join(f"0x{n:016x}ull,\n" for n in numbers) + "};\n")


if __name__ == "__main__":
    main()
