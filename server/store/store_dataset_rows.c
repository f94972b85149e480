/* Reads rows out of chunks. The shape comes from a row of datasets and may be damaged: it is held
 * against the size of the blob, and that against its chunks, before memory is asked for.
 */
#include "store/store_dataset_rows.h"

#include "store/db/trouble.h"

size_t dataset_rows_per_chunk(size_t columns)
{
    size_t rows = BYTES_CHUNK / 8 / columns;
    return rows > 0 ? rows : 1;
}

/* Whether rows x columns numbers are just what the blob holds. */
static Status check_shape(Db *db, const Bytes *bytes, const Dataset *dataset)
{
    size_t size, columns = dataset->features + dataset->targets;
    Status status = bytes_size(db, bytes, &size);
    if (status != STATUS_OK)
        return status;
    if (columns == 0 || size % 8 != 0 || size / 8 % columns != 0 ||
        size / 8 / columns != dataset->rows)
        return trouble_damage(bytes->table, bytes->id, "its shape does not fit its rows");
    return STATUS_OK;
}

/* What of the range lies in the chunk whose first row is `first`; some of it does. */
static RowRange overlap(RowRange range, size_t first, size_t rows)
{
    size_t begin = range.offset > first ? range.offset : first;
    size_t end = range.offset + range.rows, chunk_end = first + rows;
    return (RowRange){begin, (end < chunk_end ? end : chunk_end) - begin};
}

/* Copies the chunks' rows until the range is full; the rows copied. */
static size_t copy_rows(BytesReader *reader, RowRange range, const Dataset *dataset)
{
    size_t columns = dataset->features + dataset->targets;
    size_t step = dataset_rows_per_chunk(columns), done = 0, size;
    size_t first = range.offset / step * step;
    const unsigned char *chunk;
    for (; done < range.rows && bytes_next(reader, &chunk, &size); first += step) {
        size_t rows = dataset->rows - first < step ? dataset->rows - first : step;
        if (size != rows * columns * 8)
            break;
        RowRange part = overlap(range, first, rows);
        dataset_from_bytes(chunk + (part.offset - first) * columns * 8, part.rows * columns,
                           dataset->data->v + done * columns);
        done += part.rows;
    }
    return done;
}

Status dataset_rows_read(Db *db, int64_t blob, RowRange range, Dataset *dataset)
{
    Bytes bytes = {.blob = blob, .table = "datasets", .id = dataset->id};
    Status status = check_shape(db, &bytes, dataset);
    if (status != STATUS_OK)
        return status;
    dataset->data = data_new(range.rows, dataset->features, dataset->targets);
    if (!dataset->data)
        return STATUS_NO_MEMORY;
    size_t step = dataset_rows_per_chunk(dataset->features + dataset->targets);
    BytesReader reader = bytes_open(db, &bytes, (int64_t)(range.offset / step));
    size_t done = copy_rows(&reader, range, dataset);
    status = bytes_close(&reader);
    if (status == STATUS_OK && done != range.rows)
        status = trouble_damage("datasets", dataset->id, "chunks of its rows are missing");
    return status;
}
