/* region.h - names of AWS regions in ARNs and object names. */
#ifndef MILLRACE_REGION_H
#define MILLRACE_REGION_H

#include "util/view.h"

/* The region of the first ARN in `text` that has one; null where none has. The
 * text may be JSON as written. Borrows from it. */
struct view region_in_arns(struct view text);

#endif
