// The ROCA fingerprint (Nemec et al., CCS 2017): the primes of the faulty generator have the form
// k·M + (65537^a mod M), where M is a product of small primes. So for each of these small primes,
// the modulus is in the group that 65537 generates. A sound modulus passes all tests with a chance
// of 2^-27.
#include "jose/key_material.hpp"

#include <array>

namespace webtool::jose {

bool has_roca_fingerprint(const BIGNUM* modulus) {
  // The primes up to 167 whose group does not contain all residues. Other primes test nothing.
  static constexpr std::array<BN_ULONG, 17> primes{11, 13, 17,  19,  37,  53,  61,  71, 73,
                                                   79, 97, 103, 107, 109, 127, 151, 157};
  for (const BN_ULONG prime : primes) {
    const BN_ULONG residue = BN_mod_word(modulus, prime);
    BN_ULONG power = 1;
    bool in_group = false;
    do {
      in_group = in_group || power == residue;
      power = power * 65537 % prime;
    } while (power != 1);
    if (!in_group) return false;
  }
  return true;
}

}  // namespace webtool::jose
