"""SD-Net without gradients on a CPU: its pools are told what is equal."""

from torch import Tensor, nn

from acenet.engine.equal_pixels import following
from acenet.engine.swap import Substitute, Table
from acenet.networks.blocks import MaxPool
from acenet.networks.outputs import Outputs
from acenet.networks.sdnet import SDNet


class EqualSDNet(Substitute, SDNet):
    """`SDNet` whose pools are told what is equal."""

    def forward(self, stack: Tensor) -> Outputs:
        """As `SDNet`."""
        pools = [module for module in self.pools if isinstance(module, MaxPool)]
        convolution = self.bottleneck.get_submodule("0")
        assert isinstance(convolution, nn.Conv2d)
        with following(stack, pools, reach=convolution.kernel_size[0] // 2):
            return super().forward(stack)


EVALUATION: Table = {SDNet: EqualSDNet}
PREDICTION: Table = EVALUATION
