/* Options: where they come from, which source wins, what is refused and in which words. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test_store_fixture.h"
#include "tools/conf.h"
#include "tools/log.h"

static Conf conf;
static char why[512];

static void start(void)
{
    extern char **environ;
    for (char **at = environ; *at;) {
        char name[100];
        snprintf(name, sizeof name, "%.*s", (int)strcspn(*at, "="), *at);
        if (strncmp(name, "BACKPROPD_", 10) == 0)
            unsetenv(name);
        else
            at++;
    }
    fixture_start();
}

TestSuite(conf, .init = start, .fini = fixture_end);

#define READ(...) read_words((char *[]){(char *)"backpropd", __VA_ARGS__, NULL})

static ConfAction read_words(char **argv)
{
    int argc = 0;
    while (argv[argc])
        argc++;
    why[0] = '\0';
    return conf_read(&conf, argc, argv, why, sizeof why);
}

static void expect_wrong(char *argument, const char *words)
{
    cr_expect_eq(READ(argument), CONF_WRONG, "%s", argument);
    cr_expect_str_eq(why, words);
}

/* The test's file of options; returns --config=PATH. */
static char *config(const char *text)
{
    static char argument[600];
    FILE *file = fopen(fixture_path("conf"), "w");
    cr_assert(file && fputs(text, file) >= 0 && fclose(file) == 0);
    snprintf(argument, sizeof argument, "--config=%s", fixture_path("conf"));
    return argument;
}

Test(conf, without_a_word_it_has_the_defaults)
{
    cr_assert_eq(READ(NULL), CONF_RUN, "%s", why);
    cr_expect_str_eq(conf.listen, "127.0.0.1:8080");
    cr_expect_str_eq(conf.data_dir, "backpropd-data");
    cr_expect_eq(conf.workers, 0);
    cr_expect_eq(conf.max_body, 64 << 20);
    cr_expect_eq(conf.connections, 4000);
    cr_expect_eq(conf.connections_per_address, 3000);
    cr_expect_eq(conf.request_timeout, 10);
    cr_expect_eq(conf.queue, 10000);
    cr_expect_eq(conf.job_memory, 0);
    cr_expect_eq(conf.log_level, LOG_INFO);
    cr_expect_str_eq(conf.tls_cert, "");
    cr_expect_str_eq(conf.tls_key, "");
    cr_expect_str_eq(conf.config, "");
}

Test(conf, an_argument_vector_of_nothing_gives_the_defaults)
{
    char *none[] = {NULL};
    cr_expect_eq(conf_read(&conf, 0, none, why, sizeof why), CONF_RUN);
    cr_expect_eq(conf.connections, 4000);
}

Test(conf, an_argument_is_taken_in_either_form)
{
    cr_assert_eq(READ((char *)"--workers=3", "--data-dir", "some where", "--log-level=error"),
                 CONF_RUN, "%s", why);
    cr_expect_eq(conf.workers, 3);
    cr_expect_str_eq(conf.data_dir, "some where");
    cr_expect_eq(conf.log_level, LOG_ERROR);
}

Test(conf, the_last_of_two_arguments_wins)
{
    cr_assert_eq(READ((char *)"--workers=3", "--workers=4"), CONF_RUN);
    cr_expect_eq(conf.workers, 4);
}

Test(conf, the_environment_is_read)
{
    setenv("BACKPROPD_DATA_DIR", "from-environment", 1);
    setenv("BACKPROPD_MAX_BODY", "1MiB", 1);
    cr_assert_eq(READ(NULL), CONF_RUN, "%s", why);
    cr_expect_str_eq(conf.data_dir, "from-environment");
    cr_expect_eq(conf.max_body, 1 << 20);
}

Test(conf, a_file_is_read)
{
    cr_assert_eq(READ(config("# a comment\n\n  workers = 5  \r\ndata-dir=a = b\n\t# more\n"
                             "listen = [::1]:0")),
                 CONF_RUN, "%s", why);
    cr_expect_eq(conf.workers, 5);
    cr_expect_str_eq(conf.data_dir, "a = b");
    cr_expect_str_eq(conf.listen, "[::1]:0");
    cr_expect_str_eq(conf.config, fixture_path("conf"));
}

Test(conf, the_command_line_wins_over_the_environment_and_that_over_the_file)
{
    char *file = config("workers = 1\nconnections = 11\nlog-level = error\n");
    setenv("BACKPROPD_WORKERS", "2", 1);
    setenv("BACKPROPD_CONNECTIONS", "22", 1);
    cr_assert_eq(READ((char *)"--workers=3", file), CONF_RUN, "%s", why);
    cr_expect_eq(conf.workers, 3);
    cr_expect_eq(conf.connections, 22);
    cr_expect_eq(conf.log_level, LOG_ERROR);
}

Test(conf, the_environment_may_name_the_file)
{
    setenv("BACKPROPD_CONFIG", config("workers = 7\n") + strlen("--config="), 1);
    cr_assert_eq(READ(NULL), CONF_RUN, "%s", why);
    cr_expect_eq(conf.workers, 7);
}

Test(conf, the_command_line_may_name_another_file_than_the_environment)
{
    setenv("BACKPROPD_CONFIG", "/does/not/exist", 1);
    cr_assert_eq(READ(config("workers = 8\n")), CONF_RUN, "%s", why);
    cr_expect_eq(conf.workers, 8);
}

Test(conf, units_multiply)
{
    static const struct {
        const char *text;
        int64_t bytes;
    } known[] = {{"2048", 2048},      {"2048B", 2048}, {"2KiB", 2048},        {"3 MiB", 3 << 20},
                 {"4gib", 4LL << 30}, {"1024", 1024},  {"1024GiB", 1LL << 40}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        char argument[64];
        snprintf(argument, sizeof argument, "--max-body=%s", known[i].text);
        cr_expect_eq(READ(argument), CONF_RUN, "%s", why);
        cr_expect_eq(conf.max_body, known[i].bytes, "%s", known[i].text);
    }
}

Test(conf, a_size_that_is_none_or_out_of_range_is_refused)
{
    static const char *const wrong[] = {"",
                                        "x",
                                        "MiB",
                                        "1.5MiB",
                                        "-1",
                                        "+2048",
                                        "1023",
                                        "1KB",
                                        "1MiBs",
                                        "1025GiB",
                                        "99999999999999999999",
                                        " 2048",
                                        "0x1000"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char argument[64];
        snprintf(argument, sizeof argument, "--max-body=%s", wrong[i]);
        cr_expect_eq(READ(argument), CONF_WRONG, "%s", argument);
    }
    expect_wrong((char *)"--max-body=1KB", "--max-body must be bytes (or with KiB, MiB, GiB) from "
                                           "1024 to 1099511627776, got '1KB'");
}

Test(conf, a_count_that_is_none_or_out_of_range_is_refused)
{
    static const char *const wrong[] = {"", "-1", "257", "1.0", "2x", "1KiB", "two"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char argument[64];
        snprintf(argument, sizeof argument, "--workers=%s", wrong[i]);
        cr_expect_eq(READ(argument), CONF_WRONG, "%s", argument);
    }
    expect_wrong((char *)"--workers=257",
                 "--workers must be a whole number from 0 to 256, got '257'");
}

Test(conf, an_unknown_option_names_the_nearest)
{
    expect_wrong((char *)"--worker=2",
                 "--worker: there is no option 'worker'; did you mean 'workers'?");
    expect_wrong((char *)"--datadir=x",
                 "--datadir: there is no option 'datadir'; did you mean 'data-dir'?");
    expect_wrong((char *)"--qqqqqq=x", "--qqqqqq: there is no option 'qqqqqq'; --help lists them");
}

Test(conf, an_unknown_option_without_a_value_is_named_too)
{
    expect_wrong((char *)"--verbose", "--verbose: there is no option 'verbose'; --help lists them");
}

Test(conf, an_option_without_end_is_refused_without_harm)
{
    char argument[5000] = "--";
    memset(argument + 2, 'x', sizeof argument - 3);
    cr_expect_eq(READ(argument), CONF_WRONG);
    cr_expect_gt(strlen(why), 20);
}

Test(conf, a_path_that_is_too_long_is_refused)
{
    char argument[CONF_PATH + 100] = "--data-dir=";
    memset(argument + 11, 'x', CONF_PATH);
    cr_expect_eq(READ(argument), CONF_WRONG);
}

Test(conf, an_option_needs_its_value)
{
    expect_wrong((char *)"--workers", "--workers needs a value: --workers=VALUE");
}

Test(conf, a_word_that_is_no_option_is_refused)
{
    expect_wrong(
        (char *)"start",
        "the command line: takes --name=value and --name value, behind a command (see --help) and "
        "its words, got 'start'");
}

Test(conf, a_flag_may_stand_alone)
{
    cr_assert_eq(READ((char *)"--allow-anonymous", "--workers=3"), CONF_RUN, "%s", why);
    cr_expect(conf.allow_anonymous == 1 && conf.workers == 3);
    cr_assert_eq(READ((char *)"--allow-anonymous", "off", "--access-log"), CONF_RUN, "%s", why);
    cr_expect(conf.allow_anonymous == 0 && conf.access_log == 1);
    expect_wrong((char *)"--allow-anonymous=yes", "--allow-anonymous must be on or off, got 'yes'");
}

Test(conf, lists_are_taken_entry_by_entry)
{
    cr_assert_eq(READ((char *)"--host-name= a.example , ::1,10.0.0.1,",
                      "--cors-origin=https://a.example, http://localhost:3000"),
                 CONF_RUN, "%s", why);
    cr_expect_str_eq(conf.host_name, "a.example,::1,10.0.0.1");
    cr_expect_str_eq(conf.cors_origin, "https://a.example,http://localhost:3000");
    cr_assert_eq(READ((char *)"--host-name="), CONF_RUN, "%s", why);
    cr_expect_str_eq(conf.host_name, "");
}

Test(conf, an_entry_of_a_list_that_is_none_is_named)
{
    static char *const wrong[] = {
        (char *)"--host-name=a:80",         (char *)"--host-name=a,,b",
        (char *)"--host-name=http://a",     (char *)"--cors-origin=a.example",
        (char *)"--cors-origin=null",       (char *)"--cors-origin=*",
        (char *)"--cors-origin=https://",   (char *)"--cors-origin=https://a/",
        (char *)"--cors-origin=https://a:", (char *)"--cors-origin=https://a:99999"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        cr_expect_eq(READ(wrong[i]), CONF_WRONG, "%s", wrong[i]);
    expect_wrong((char *)"--host-name=a,b:80",
                 "--host-name must be names of hosts such as net.example.org, with commas between "
                 "and without ports, got 'b:80'");
}

Test(conf, a_mistake_in_the_environment_names_the_variable)
{
    setenv("BACKPROPD_LOG_LEVEL", "loud", 1);
    cr_expect_eq(READ(NULL), CONF_WRONG);
    cr_expect_str_eq(why, "BACKPROPD_LOG_LEVEL must be debug, info, warning or error, got 'loud'");
}

Test(conf, a_variable_that_is_called_nearly_as_an_option_is_a_mistake)
{
    setenv("BACKPROPD_TOKEN", "not an option", 1);
    setenv("BACKPROPD_PORT_80_TCP", "of another program", 1);
    cr_expect_eq(READ(NULL), CONF_RUN);
    setenv("BACKPROPD_WROKERS", "3", 1);
    cr_expect_eq(READ(NULL), CONF_WRONG);
    cr_expect_str_eq(why, "the environment: there is no option 'wrokers'; did you mean 'workers'?");
}

static void expect_wrong_line(const char *text, const char *words)
{
    char expected[600];
    cr_expect_eq(READ(config(text)), CONF_WRONG, "%s", text);
    snprintf(expected, sizeof expected, "line 2 of %s: %s", fixture_path("conf"), words);
    cr_expect_str_eq(why, expected);
}

Test(conf, a_mistake_in_the_file_names_its_line)
{
    expect_wrong_line("#\nworkers = many\n",
                      "workers must be a whole number from 0 to 256, got 'many'");
    expect_wrong_line("#\nwokers = 2\n", "there is no option 'wokers'; did you mean 'workers'?");
    expect_wrong_line("#\nworkers\n", "must be `name = value`, got 'workers'");
    expect_wrong_line("#\nconfig = x\n", "cannot name another file, got 'config'");
}

Test(conf, a_file_that_is_not_there_is_refused)
{
    expect_wrong((char *)"--config=/does/not/exist",
                 "--config: /does/not/exist cannot be read: No such file or directory");
}

Test(conf, a_folder_is_no_file_of_options)
{
    char argument[600];
    snprintf(argument, sizeof argument, "--config=%s", fixture_dir());
    cr_expect_eq(READ(argument), CONF_WRONG);
}

Test(conf, words_ask_for_other_things_than_running)
{
    cr_expect_eq(READ("--help"), CONF_HELP);
    cr_expect_eq(READ("-h"), CONF_HELP);
    cr_expect_eq(READ("--version"), CONF_VERSION);
    cr_expect_eq(READ("--print-config"), CONF_PRINT);
}

Test(conf, help_does_not_need_the_file)
{
    cr_expect_eq(READ("--help", "--config=/does/not/exist"), CONF_HELP);
}

Test(conf, a_word_may_be_a_value)
{
    cr_assert_eq(READ("--data-dir", "--version"), CONF_RUN, "%s", why);
    cr_expect_str_eq(conf.data_dir, "--version");
}

static const char *shown(void (*show)(const Conf *conf, FILE *out))
{
    static char text[8000];
    FILE *out = fmemopen(text, sizeof text, "w");
    cr_assert_not_null(out);
    show(&conf, out);
    fclose(out);
    return text;
}

static void help(const Conf *unused, FILE *out)
{
    (void)unused;
    conf_help(out);
}

Test(conf, what_it_prints_reads_back_the_same)
{
    cr_assert_eq(
        READ((char *)"--workers=9", "--max-body=3MiB", "--listen=[::1]:81", "--log-level=debug"),
        CONF_RUN);
    Conf before = conf;
    cr_assert_eq(READ(config(shown(conf_print))), CONF_RUN, "%s", why);
    memset(conf.config, 0, sizeof conf.config);
    cr_expect_eq(memcmp(&before, &conf, sizeof conf), 0);
}

Test(conf, help_names_every_option)
{
    static const char *const names[] = {"--listen",      "--data-dir",  "--workers", "--max-body",
                                        "--connections", "--log-level", "--config"};
    const char *text = shown(help);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        cr_expect(strstr(text, names[i]), "%s", names[i]);
}

Test(conf, an_address_that_is_none_is_refused)
{
    static const char *const wrong[] = {
        "localhost", "8080",    "",     "host:",       "host:65536", "host:-1",
        "host:80a",  "[::1:80", "[:80", "host:123456", "host: 80"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char argument[64];
        snprintf(argument, sizeof argument, "--listen=%s", wrong[i]);
        cr_expect_eq(READ(argument), CONF_WRONG, "%s", argument);
    }
}
