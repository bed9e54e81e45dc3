"""A library keeps the connection itself; the function has no name for it.

error open-connection agent.Channel in agent._channel
"""

import os

import agent

agent.configure(int(os.environ["PEER_PORT"]))


def handler(event, context):
    return True
