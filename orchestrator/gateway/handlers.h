/*
 * The handlers: each begins when its request is complete; docs/reference/api.md describes them.
 */
#ifndef ORCHESTRATOR_GATEWAY_HANDLERS_H
#define ORCHESTRATOR_GATEWAY_HANDLERS_H

struct exchange;

/* messages_create.c, messages_fetch.c, messages_list.c */
void messages_create(struct exchange *exchange);
void messages_fetch(struct exchange *exchange);
void messages_media(struct exchange *exchange);
void messages_list(struct exchange *exchange);

/* submit.c */
void submit_saga(struct exchange *exchange);

/* status.c, listing.c */
void show_saga(struct exchange *exchange);
void show_events(struct exchange *exchange);
void show_why(struct exchange *exchange);
void list_sagas(struct exchange *exchange);

/* operate.c, rerun.c */
void act_on_saga(struct exchange *exchange);
void rerun_saga(struct exchange *exchange);
void lint_definition(struct exchange *exchange);

/* definitions.c */
void list_definitions(struct exchange *exchange);
void show_definition(struct exchange *exchange);

/* audit.c */
void list_audit(struct exchange *exchange);
void verify_audit(struct exchange *exchange);

/* survey.c */
void show_status(struct exchange *exchange);
void show_config(struct exchange *exchange);
void list_participants(struct exchange *exchange);
void show_participant(struct exchange *exchange);

/* openapi.c */
void show_openapi(struct exchange *exchange);

/* chores.c */
void begin_backup(struct exchange *exchange);
void show_backup(struct exchange *exchange);
void stop_backup(struct exchange *exchange);
void begin_verify(struct exchange *exchange);
void show_verify(struct exchange *exchange);
void stop_verify(struct exchange *exchange);

/* health.c, metrics.c */
void show_livez(struct exchange *exchange);
void show_readyz(struct exchange *exchange);
void show_version(struct exchange *exchange);
void show_metrics(struct exchange *exchange);

/* errors_page.c */
void show_errors(struct exchange *exchange);
void show_error(struct exchange *exchange);

#endif
