/* lost_page.h - the end of a process that touched a page which its file has no more.
 *
 * A mapped file may be cut short, or its disk may fail under it. Of an object a worker
 * goes on with what is left (source.h); of what millrace itself relies on, as a plan, it
 * cannot. That is no bug of its own: the process ends as after any failed read, with
 * one line that names the file, and the same command goes on from what is committed. */
#ifndef MILLRACE_LOST_PAGE_H
#define MILLRACE_LOST_PAGE_H

/* For a handler of SIGBUS, of the address that was touched. Does not return where a
 * file is mapped there. */
void lost_page_end(const void *at);

#endif
