/* A new file's name is safe from its first sync on, and so is then all that was removed from its
 * directory: SQLite's own layer syncs that too. Memory for all this never runs out.
 */
#include "disk_image.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/core/fault.h"

#define SECTOR 512
#define IMAGES 8

static Image images[IMAGES];

static void load(Image *image)
{
    fault_spare(1);
    FILE *file = fopen(image->path, "rb");
    cr_assert(file, "%s", image->path);
    fseek(file, 0, SEEK_END);
    image->size = (size_t)ftell(file);
    rewind(file);
    image->room = image->size + 1;
    image->safe = malloc(image->room);
    cr_assert(image->safe && fread(image->safe, 1, image->size, file) == image->size);
    fclose(file);
    fault_spare(0);
    image->there = image->size > 0;
}

static Image *image_of(const char *path)
{
    Image *free_slot = NULL;
    for (size_t i = 0; i < IMAGES; i++) {
        if (strcmp(images[i].path, path) == 0)
            return &images[i];
        if (!images[i].path[0])
            free_slot = &images[i];
    }
    cr_assert_not_null(free_slot, "more files than expected: %s", path);
    snprintf(free_slot->path, sizeof free_slot->path, "%s", path);
    free_slot->last = &free_slot->first;
    return free_slot;
}

static void note(Image *image, ChangeKind kind, size_t at, const void *bytes, size_t size)
{
    fault_spare(1);
    Change *change = malloc(sizeof *change + size);
    fault_spare(0);
    cr_assert_not_null(change);
    *change = (Change){.kind = kind, .at = at, .size = size};
    if (size > 0)
        memcpy(change->bytes, bytes, size);
    *image->last = change;
    image->last = &change->next;
}

static void resize(Image *image, size_t size)
{
    if (size >= image->room) {
        image->room = 2 * size + 1;
        fault_spare(1);
        image->safe = realloc(image->safe, image->room);
        fault_spare(0);
        cr_assert_not_null(image->safe);
    }
    if (size > image->size)
        memset(image->safe + image->size, 0, size - image->size);
    image->size = size;
}

static void write_part(Image *image, const Change *change, size_t from, size_t to)
{
    size_t end = change->at + to;
    if (end > image->size)
        resize(image, end);
    memcpy(image->safe + change->at + from, change->bytes + from, to - from);
}

static void apply(Image *image, const Change *change)
{
    switch (change->kind) {
    case CHANGE_WRITE:
        write_part(image, change, 0, change->size);
        break;
    case CHANGE_CUT:
        resize(image, change->at);
        break;
    case CHANGE_REMOVE:
        resize(image, 0);
        image->there = false;
        break;
    }
}

/* Some sectors of a write, as a power cut in its middle leaves it. */
static void apply_torn(Image *image, const Change *change, Rng *rng)
{
    size_t from = 0;
    while (from < change->size) {
        size_t to = (change->at + from) / SECTOR * SECTOR + SECTOR - change->at;
        to = to < change->size ? to : change->size;
        if (rng_uniform(rng, 0, 1) < 0.5)
            write_part(image, change, from, to);
        from = to;
    }
}

static void drop_first(Image *image)
{
    Change *next = image->first->next;
    free(image->first);
    image->first = next;
    if (!next)
        image->last = &image->first;
}

static void take_first(Image *image)
{
    apply(image, image->first);
    drop_first(image);
}

/* What has been removed stays so. */
static void make_directory_safe(void)
{
    for (size_t i = 0; i < IMAGES; i++) {
        size_t n = 0, removed = 0;
        for (const Change *change = images[i].first; change; change = change->next) {
            n++;
            removed = change->kind == CHANGE_REMOVE ? n : removed;
        }
        while (removed-- > 0)
            take_first(&images[i]);
    }
}

void image_sync(Image *image)
{
    if (!image)
        return;
    while (image->first)
        take_first(image);
    if (!image->there)
        make_directory_safe();
    image->there = true;
}

/* What a power cut leaves of the changes: each with a chance that differs from cut to cut. What was
 * done to a new file of a name whose removal is lost is lost with it. */
static void survive(Image *image, Rng *rng)
{
    double chance = rng ? rng_uniform(rng, 0, 1.2) : 0;
    for (const Change *change = image->first; change; change = change->next) {
        bool stays = rng && rng_uniform(rng, 0, 1) < chance;
        image->there = image->there || stays;
        if (stays)
            apply(image, change);
        else if (change->kind == CHANGE_REMOVE)
            break;
        else if (rng && change->kind == CHANGE_WRITE && rng_uniform(rng, 0, 1) < 0.3)
            apply_torn(image, change, rng);
    }
}

static void put_back(const Image *image)
{
    unlink(image->path);
    if (!image->there)
        return;
    FILE *file = fopen(image->path, "wb");
    cr_assert(file && fwrite(image->safe, 1, image->size, file) == image->size, "%s", image->path);
    cr_assert_eq(fclose(file), 0);
}

Image *image_open(const char *path)
{
    Image *image = image_of(path);
    if (!image->safe)
        load(image);
    return image;
}

void image_write(Image *image, size_t at, const void *bytes, size_t size)
{
    if (image)
        note(image, CHANGE_WRITE, at, bytes, size);
}

void image_cut(Image *image, size_t size)
{
    if (image)
        note(image, CHANGE_CUT, size, NULL, 0);
}

void image_remove(const char *path, bool synced)
{
    note(image_of(path), CHANGE_REMOVE, 0, NULL, 0);
    if (synced)
        make_directory_safe();
}

void images_survive(Rng *rng)
{
    for (size_t i = 0; i < IMAGES; i++) {
        if (!images[i].path[0])
            continue;
        survive(&images[i], rng);
        put_back(&images[i]);
    }
}

void images_forget(void)
{
    for (size_t i = 0; i < IMAGES; i++) {
        Image *image = &images[i];
        char shared[IMAGE_PATH + 8];
        snprintf(shared, sizeof shared, "%.499s-shm", image->path);
        if (image->path[0])
            unlink(shared);
        while (image->first)
            drop_first(image);
        free(image->safe);
        *image = (Image){0};
    }
}
