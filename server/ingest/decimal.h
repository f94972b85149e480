/* Decimal to binary64, correctly rounded, for the exponents that numbers in practice have.
 */
#ifndef INGEST_DECIMAL_H
#define INGEST_DECIMAL_H

#include <stdint.h>

#define DECIMAL_EXPONENT 27 /* 5^27 is the last power of five below 2^64 */

/* digits * 10^exponent, to nearest, ties to even. exponent is -27 to 27. */
double decimal_round(uint64_t digits, int exponent);

#endif
