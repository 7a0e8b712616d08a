"""``serve``: the HTTP API."""

import contextlib
import copy
import os
import socket
import sys
from typing import Annotated

import typer

from serving.cli.common import StoreFolder, open_store

LOCAL = ("127.0.0.1", "::1", "localhost")


def serve(
    host: Annotated[str, typer.Option("--host", help="监听地址 address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="端口 port to listen on")] = 8000,
    store: StoreFolder = None,
) -> None:
    """服务接口 Answer GET /health and POST /api/v1/score.

    调用方以 bearer 方式出示 $SME_CREDIT_TOKEN 中的令牌，未设置则不启动；access.yaml 列有人员时，各人出示自己的令牌，
    每次请求都重读该文件，改动无需重启。
    Callers show the token in $SME_CREDIT_TOKEN as a bearer token; the service does not start without one. Where
    access.yaml names people, each shows their own token instead; the file is read for every request, so that a change
    of it needs no new start.
    """
    import uvicorn

    from features.errors import EngineError
    from serving.api.app import create_app

    application = create_app(open_store(store), os.environ.get("SME_CREDIT_TOKEN", ""))
    if host not in LOCAL:
        print(
            f"sme-credit: {host} 可从其他机器访问，本服务为明文 HTTP，请在其前设置 TLS 代理。"
            f"{host} is reachable from other machines and this service speaks plain HTTP; "
            "put a proxy with TLS before it",
            file=sys.stderr,
        )
    log = copy.deepcopy(uvicorn.config.LOGGING_CONFIG)
    log["handlers"]["access"]["stream"] = "ext://sys.stderr"
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family)
    except OSError as error:
        raise EngineError(
            f"服务无法监听 {host} 端口 {port}：{error.strerror}，请更换 --host 或 --port",
            f"the service cannot listen on {host}, port {port}: {error.strerror}; choose another --host or --port",
        ) from error
    place = f"[{host}]" if ":" in host else host
    print(f"sme-credit: http://{place}:{listening.getsockname()[1]} (Ctrl+C 停止 stops it)", file=sys.stderr)
    config = uvicorn.Config(application, server_header=False, log_config=log)
    with listening, contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listening])
