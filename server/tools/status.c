/* The slugs and titles of status.h. Order: as the list there. */
#include "tools/status.h"

const char *status_slug(Status status)
{
#define STATUS_SLUG(name, slug, title) slug,
    static const char *const slugs[] = {STATUS_LIST(STATUS_SLUG)};
#undef STATUS_SLUG
    return slugs[status];
}

const char *status_title(Status status)
{
#define STATUS_TITLE(name, slug, title) title,
    static const char *const titles[] = {STATUS_LIST(STATUS_TITLE)};
#undef STATUS_TITLE
    return titles[status];
}
