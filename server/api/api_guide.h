/* Handlers of what people read: the guide at `/`, and a page for each kind of problem.
 */
#ifndef API_API_GUIDE_H
#define API_API_GUIDE_H

#include "api/route.h"

Handler api_guide;
Handler api_problem_list;
Handler api_problem_get;

#endif
