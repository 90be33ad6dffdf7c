/* STAGE marks a function that a profile should show under its own name: never inlined, cloned or
 * merged with another. */
#ifndef SLONANA_STAGE_H
#define SLONANA_STAGE_H

#ifdef __has_attribute
#if __has_attribute(noipa)
#define STAGE __attribute__((noipa))
#endif
#endif
#ifndef STAGE
#define STAGE __attribute__((noinline))
#endif

#endif
